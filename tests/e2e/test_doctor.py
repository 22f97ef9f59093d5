# SPDX-License-Identifier: MIT
"""`doctor` on a real systemd: what it finds there, and how it says so."""
import re

from harness import (DROP_IN, DROP_IN_DIR, FAST, FRAGMENT, MAIN, TOOL, equal, expect,
                     has_settings, lacks, matches, nothing_changed, parse_json, readonly)
from test_article import run_script_twice

OVERRIDE = f"{DROP_IN_DIR}/override.conf"
# The base state has OLLAMA_HOST and OLLAMA_ORIGINS in the installer's unit, which is OG602, and four GPUs without spread.
BASE = ("--ignore", "OG602", "--ignore", "OG509")


def codes(result):
    return [found["code"] for found in result.json["findings"]]


def found(result, code):
    entries = [entry for entry in result.json["findings"] if entry["code"] == code]
    expect(entries, f"{code} is not among {codes(result)}")
    return entries[0]


def override(box, lines, restart=True):
    box.write(OVERRIDE, f"[Service]\n{lines}\n")
    if restart:
        box.restart()


def without_settings(box):
    """The unit exactly as the installer writes it."""
    text = box.read(FRAGMENT).decode()
    box.write(FRAGMENT, re.sub(r'Environment="OLLAMA_.*\n', "", text))
    box.restart()


def test_nothing_wrong(box):
    """The installer's own unit: nothing found but that spread is off, exit 0."""
    without_settings(box)
    result = box.json("doctor").exits(0)
    equal((codes(result), result.json["not_seen"]), (["OG509"], []), "findings")
    matches("nothing wrong", box.tool("doctor", *BASE).exits(0).out, "text")


def test_silent_on_its_own_work(box):
    """After `configure` nothing is wrong, with a part of the GPUs too."""
    without_settings(box)
    box.tool(*MAIN).exits(0)
    equal(codes(box.json("doctor").exits(0)), [], "findings")
    box.tool("configure", "--gpus", "0,2", *FAST).exits(0)
    equal(codes(box.json("doctor").exits(0)), [], "findings")


@readonly
def test_settings_in_the_installers_unit(box):
    """Settings edited into the unit are found at their lines; exit 11; changes nothing."""
    result = box.json("doctor").exits(11)
    equal(codes(result), ["OG602", "OG602", "OG509"], "codes")
    entry = result.json["findings"][0]
    line = box.read(FRAGMENT).decode().splitlines()[entry["line"] - 1]
    expect("OLLAMA_HOST" in line, line)
    equal((entry["file"], entry["severity"], entry["fixable"]), (FRAGMENT, "warning", True),
          "entry")
    equal(result.json["error"]["code"], "not_verified", "error.code")


def test_after_the_articles_script(box):
    """Both runs' lines: doubled, and where the installer overwrites them."""
    run_script_twice(box)
    result = box.json("doctor").exits(11)
    equal(codes(result).count("OG601"), 3, "doubled")
    equal(codes(result).count("OG602"), 5, "in the installer's unit")


def test_empty_list_of_gpus(box):
    """An empty CUDA_VISIBLE_DEVICES is an error at its place, shown with the line and a caret."""
    override(box, 'Environment="CUDA_VISIBLE_DEVICES="')
    entry = found(box.json("doctor", *BASE).exits(11), "OG301")
    equal((entry["file"], entry["line"], entry["column"]), (OVERRIDE, 2, 13), "place")
    text = box.tool("doctor", *BASE).exits(11).out
    matches(r"^error\[OG301\]: CUDA_VISIBLE_DEVICES is empty", text, "message")
    matches(rf"^ --> {OVERRIDE}:2:13$", text, "place")
    matches(r'^ 2 \| Environment="CUDA_VISIBLE_DEVICES="$', text, "line")
    matches(r"^   \|             \^$", text, "caret")


def test_gpu_that_is_not_there(box):
    """An index that no GPU has is an error; with --fail-on error too."""
    override(box, "Environment=CUDA_VISIBLE_DEVICES=0,9,1")
    result = box.json("doctor", *BASE, "--fail-on", "error").exits(11)
    matches("9.*0 to 3", found(result, "OG303")["message"], "message")


def test_hidden_gpus_through_vulkan(box):
    """GPUs left out come back through Vulkan, unless OLLAMA_VULKAN=0."""
    override(box, "Environment=CUDA_VISIBLE_DEVICES=0,1")
    equal(codes(box.json("doctor", *BASE).exits(11)), ["OG306"], "codes")
    override(box, "Environment=CUDA_VISIBLE_DEVICES=0,1 OLLAMA_VULKAN=0")
    equal(codes(box.json("doctor", *BASE).exits(0)), [], "codes")


def test_not_loaded_and_not_restarted(box):
    """A change on disk, then loaded, then in the process: OG411, OG412, nothing."""
    override(box, "Environment=OLLAMA_NUM_PARALLEL=4", restart=False)
    equal(codes(box.json("doctor", *BASE).exits(11)), ["OG411"], "on disk only")
    box.reload()
    equal(codes(box.json("doctor", *BASE).exits(11)), ["OG412"], "loaded")
    box.restart()
    equal(codes(box.json("doctor", *BASE).exits(0)), [], "in force")


def test_unreachable_models(box):
    """Models below a closed home directory: the directory that is closed is named."""
    box.sh("mkdir -p /e2e/scratch/me/models && chmod 700 /e2e/scratch/me")
    override(box, "Environment=OLLAMA_MODELS=/e2e/scratch/me/models", restart=False)
    entry = found(box.json("doctor", *BASE).exits(11), "OG503")
    matches("/e2e/scratch/me ", entry["message"], "message")
    box.sh("chmod 755 /e2e/scratch/me; chown ollama /e2e/scratch/me/models")
    lacks("OG503", box.tool("doctor", *BASE).exits(11).out, "output")


def test_warnings_do_not_fail_where_asked(box):
    """--fail-on error: a warning alone is exit 0; --ignore leaves it out."""
    box.tool("doctor", "--fail-on", "error").exits(0)
    result = box.json("doctor", *BASE).exits(0)
    equal((codes(result), result.json["ignored"]), ([], 3), "ignored")


def test_as_githubs_commands(box):
    """--format github: a line each, with file, line, column and title."""
    override(box, "Environment=OLLAMA_KEEP_ALIVE=1d")
    result = box.tool("doctor", *BASE, "--format", "github").exits(11)
    matches(rf"^::error file={OVERRIDE},line=2,col=13,title=OG202::.*'1d'.*%0Awrite 24h",
            result.out, "output")
    equal(len(result.out.splitlines()), 1, "lines")


@readonly
def test_help_on_every_code(box):
    """`help findings` lists the codes, `help CODE` explains each, completion offers them."""
    listed = re.findall(r"^  (OG\d+)", box.tool("help", "findings").exits(0).out, re.MULTILINE)
    expect(len(listed) > 40, f"only {len(listed)} codes")
    text = box.sh('for code; do "$0" help "$code" || exit; done'.replace('"$0"', TOOL), *listed)
    for code in listed:
        matches(rf"^{code} \((error|warning|info)\): ", text, "help")
    offered = box.tool("__complete", "doctor", "--ignore", "").exits(0).out
    equal([line.split("\t")[0] for line in offered.splitlines()], listed, "codes offered")


def test_of_an_image(box):
    """--root: the files of the image are judged, and nothing of this machine."""
    box.sh("mkdir -p /mnt/image/etc/systemd/system && cp \"$1\" /mnt/image/etc/systemd/system/",
           FRAGMENT)
    box.write(f"/mnt/image{OVERRIDE}", "Environment=CUDA_VISIBLE_DEVICES=9\n")
    result = box.json("doctor", "--root", "/mnt/image", *BASE).exits(11)
    equal(codes(result), ["OG102"], "codes")


def test_as_nobody(box):
    """Not root: what cannot be seen is named, and no finding."""
    result = box.run("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", TOOL,
                     "doctor", *BASE, "--json").exits(0)
    value = parse_json(result, "doctor")
    equal(value["findings"], [], "findings")
    matches("environment", "\n".join(value["not_seen"]), "not_seen")


def test_of_a_unit_that_is_not_there(box):
    """No such unit: exit 5."""
    equal(box.json("doctor", "--unit", "nothing").exits(5).json["error"]["code"], "not_found",
          "error.code")


def test_of_a_crash_loop(box):
    """A service that systemd restarts again and again: OG506, with the count."""
    box.standin(misbehave="exit-at-start")
    override(box, "RestartSec=0.05\n[Unit]\nStartLimitIntervalSec=0", restart=False)
    box.sh("systemctl daemon-reload; systemctl restart ollama; for _ in $(seq 100); do "
           "[ \"$(systemctl show -P NRestarts ollama)\" -gt 5 ] && exit 0; sleep 0.1; done; exit 1")
    entry = found(box.json("doctor", *BASE).exits(11), "OG506")
    matches(r"\d+ times", entry["message"], "message")
    overview = box.tool().exits(0).out
    matches(r"restarted by systemd \d+ times", overview, "the program alone")
    matches("ollama-gpu doctor", overview, "the program alone")


def test_fix_after_the_articles_script(box):
    """--fix: the unit as the installer wrote it, the same settings in force, exit 0, then clean."""
    without_settings(box)
    original = box.read(FRAGMENT)
    run_script_twice(box)
    shown = box.tool("doctor", "--fix", "--dry-run").exits(0).out
    matches(rf"^--- {FRAGMENT}$", shown, "the diff of the unit")
    matches(rf"^\+\+\+ {DROP_IN}$", shown, "the diff of our drop-in")
    result = box.json("doctor", "--fix", *FAST).exits(0)
    equal((result.json["changed"], result.json["applied"]), (True, True), "changed, applied")
    equal(box.read(FRAGMENT), original, FRAGMENT)
    has_settings(box.snapshot(), {"CUDA_VISIBLE_DEVICES": "0,1,2,3", "OLLAMA_SCHED_SPREAD": "1",
                                  "OLLAMA_KEEP_ALIVE": "-1"})
    equal(codes(box.json("doctor").exits(0)), [], "findings afterwards")


def test_fix_twice(box):
    """--fix again: nothing changes, no restart."""
    run_script_twice(box)
    box.tool("doctor", "--fix", *FAST).exits(0)
    before = box.snapshot()
    equal(box.json("doctor", "--fix", *FAST).exits(0).json["changed"], False, "changed")
    equal(box.snapshot().invocation, before.invocation, "invocation")


def test_fix_is_undone(box):
    """rollback after --fix: the script's lines are back, byte for byte, and in force."""
    run_script_twice(box)
    before = box.snapshot()
    unit = box.read(FRAGMENT)
    box.tool("doctor", "--fix", *FAST).exits(0)
    expect(box.read(FRAGMENT) != unit, "this test's preparation")
    box.tool("rollback", *FAST).exits(0)
    equal(box.read(FRAGMENT), unit, FRAGMENT)
    after = box.snapshot()
    equal(sorted(after.files), sorted(before.files), "files")
    equal(after.environment_list, before.environment_list, "environment")


def test_fix_is_not_undone_over_the_installer(box):
    """The installer has written the unit anew since --fix: exit 6 with the diff, nothing changes."""
    run_script_twice(box)
    box.tool("doctor", "--fix", *FAST).exits(0)
    box.append(FRAGMENT, "# a newer installer\n")
    before = box.snapshot()
    result = box.tool("rollback", *FAST).exits(6)
    matches(rf"{FRAGMENT}: .*changed since", result.err, "the reason")
    matches(r"^\+# a newer installer$", result.out, "the diff")
    nothing_changed(before, box.snapshot())


def test_fix_of_a_pasted_unit(box):
    """A glued header on disk that systemd has not loaded yet: mended, and the service runs on."""
    without_settings(box)
    original = box.read(FRAGMENT)
    box.write(FRAGMENT, original.replace(b"target\n\n[Service]", b"target[Service]"))
    equal(found(box.json("doctor").exits(11), "OG603")["line"], 3, "line")
    box.tool("doctor", "--fix", *FAST).exits(0)
    equal(box.read(FRAGMENT), original, FRAGMENT)


def test_fix_that_ollama_does_not_survive(box):
    """--fix whose settings make Ollama fail: every file is put back, exit 7."""
    without_settings(box)
    override(box, "Environment=OLLAMA_KEEP_ALIVE=1d")
    before = box.read(OVERRIDE)
    box.standin(misbehave="exit-at-start", misbehave_if="OLLAMA_KEEP_ALIVE=24h")
    box.tool("doctor", "--fix", *FAST).exits(7)
    equal(box.read(OVERRIDE), before, OVERRIDE)


def test_looking_where_changing_is_refused(box):
    """A linked drop-in directory, our file masked: looking says so and shows everything else."""
    box.tool(*MAIN).exits(0)
    box.sh(f"mv {DROP_IN_DIR} /etc/elsewhere.d && ln -s /etc/elsewhere.d {DROP_IN_DIR}")
    box.restart()
    for words in (("doctor", *BASE), ("show",), ("status",), ("verify",)):
        result = box.tool(*words).exits(0)
        matches("symbolic link", result.out + result.err, " ".join(words))
    matches("OLLAMA_KEEP_ALIVE=-1", box.tool("show").exits(0).out, "show")
    box.tool("configure", "--no-spread").exits(6)
    box.sh(f"rm {DROP_IN_DIR} && mv /etc/elsewhere.d {DROP_IN_DIR} && ln -sf /dev/null {DROP_IN}")
    box.restart()
    matches("symbolic link", box.tool("show").exits(0).out, "show")
    verified = box.json("verify").exits(11)
    failed = [e["level"] for e in verified.json["evidence"] if e["status"] == "failed"]
    expect("file" in failed, f"fails: {failed}")


def test_after_systemctl_revert(box):
    """Our drop-in taken away: verify fails with the way back, doctor tells, rollback brings it back."""
    box.tool(*MAIN).exits(0)
    box.sh("systemctl revert ollama")
    result = box.json("verify").exits(11)
    matches("sudo ollama-gpu rollback 1", result.json["error"]["hint"], "hint")
    found(box.json("doctor", *BASE).exits(11), "OG414")
    box.tool("rollback", "1", *FAST).exits(0)
    box.tool("verify").exits(0)
    box.sh("systemctl revert ollama")
    box.tool("reset", *FAST).exits(0)
    box.tool("verify").exits(0)


# What a unit says, and where the models lie: systemd itself tells whether they can be written there.
SANDBOXES = (
    ("ProtectHome=yes ReadWritePaths=/home/me/m", "/home/me/m"),
    ("ProtectHome=yes BindPaths=/home/me/m", "/home/me/m"),
    ("ProtectHome=read-only", "/home/me/m"),
    ("ProtectHome=read-only ReadWritePaths=/home/me/m", "/home/me/m"),
    ("ProtectHome=tmpfs", "/home/me/m"), ("ProtectHome=tmpfs BindPaths=/home/me/m", "/home/me/m"),
    ("ProtectHome=tmpfs BindReadOnlyPaths=/home/me/m", "/home/me/m"),
    ("ProtectSystem=strict", "/home/me/m"), ("ProtectSystem=strict", "/srv/m"),
    ("ProtectSystem=strict ReadWritePaths=/srv", "/srv/m"), ("ProtectSystem=full", "/srv/m"),
    ("ProtectSystem=strict StateDirectory=mine", "/var/lib/mine"),
    ("InaccessiblePaths=/srv", "/srv/m"), ("InaccessiblePaths=-/srv2", "/srv/m"),
    ("ReadOnlyPaths=/", "/srv/m"), ("ReadOnlyPaths=/ ReadWritePaths=/srv", "/srv/m"),
    ("TemporaryFileSystem=/srv:mode=777", "/srv/m"), ("TemporaryFileSystem=/srv:ro", "/srv/m"),
    ("TemporaryFileSystem=/srv:ro BindPaths=/srv/m", "/srv/m"), ("ProtectHome=yes", "/srv/link"),
    ("PrivateTmp=yes", "/tmp/m"), ("PrivateTmp=no", "/tmp/m"),
)


def test_sandboxes_as_systemd_makes_them(box):
    """OG504 where a process in that sandbox cannot leave a file in the models' directory, else not."""
    box.sh("mkdir -p /home/me/m /srv/m /tmp/m /var/lib/mine && ln -s /home/me/m /srv/link && "
           "chmod 755 /home/me && chown ollama /home/me/m /srv/m /tmp/m /var/lib/mine")
    for lines, models in SANDBOXES:
        override(box, lines.replace(" ", "\n") + f"\nEnvironment=OLLAMA_MODELS={models}", restart=False)
        result = box.json("doctor", *BASE)
        told = "OG504" in codes(result)
        options = " ".join(f"-p {line}" for line in lines.split())
        box.sh(f"rm -f {models}/left; systemd-run -q --wait --uid=ollama {options} "
               f"/bin/sh -c 'mkdir -p {models}; touch {models}/left' || true")
        left = box.exists(f"{models}/left")
        equal(told, not left, f"{lines}, {models}: OG504, and whether a file stays there ({left})")
