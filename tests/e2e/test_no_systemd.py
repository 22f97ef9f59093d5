# SPDX-License-Identifier: MIT
"""Without root, without a running systemd, and in another root directory."""
import json

from harness import (DROP_IN, ETC, FAST, MAIN, TOOL, UNIT, WANTED, changed_files, equal, expect,
                     has_settings, lacks, matches, nothing_changed, parse_json, readonly)

NOBODY = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
IMAGE = "/mnt/image"
LOOKING = (("show", "OLLAMA_ORIGINS"), ("gpus", "A100"), ("settings", "OLLAMA_KEEP_ALIVE"))


def as_nobody(box, *args):
    return box.run(*NOBODY, TOOL, *args)


@readonly
def test_nobody_may_not_configure(box):
    """Not root: exit 4, told to use sudo, nothing changed."""
    result = as_nobody(box, *MAIN).exits(4)
    matches("sudo", result.err, "hint")
    equal(result.out, "", "stdout")


@readonly
def test_nobody_may_not_configure_in_json(box):
    """Not root, with --json: error.code permission and a hint."""
    result = as_nobody(box, *MAIN, "--json").exits(4)
    error = parse_json(result, "configure")["error"]
    equal(error["code"], "permission", "error.code")
    matches("sudo", error["hint"], "hint")


def test_nobody_may_not_reset(box):
    """Not root: `reset` exits 4 and our drop-in stays."""
    box.tool(*MAIN).exits(0)
    before = box.snapshot()
    as_nobody(box, "reset", *FAST).exits(4)
    nothing_changed(before, box.snapshot())


@readonly
def test_nobody_may_look(box):
    """Not root: show, gpus, settings and status work."""
    for command, pattern in (*LOOKING, ("status", "active")):
        matches(pattern, as_nobody(box, command).exits(0, 11).out, command)


def test_nobody_is_never_told_ok_for_what_he_cannot_see(box):
    """Not root: the process's environment cannot be read: skipped with the reason."""
    box.tool(*MAIN).exits(0)
    result = as_nobody(box, "verify", "--json").exits(0, 11)
    result.json = parse_json(result, "verify")
    equal(result.evidence()["process"], "skipped", "evidence of the process")
    equal(result.evidence()["manager"], "ok", "evidence of the manager")


def bare(box, *args):
    """The tool where no systemd runs: /run is empty, as in a chroot."""
    return box.run("unshare", "--mount", "sh", "-c",
                   'mount -t tmpfs none /run && exec "$@"', "sh", TOOL, *args)


def test_no_systemd_looking_works(box):
    """No systemd running: show, gpus and settings work."""
    for command, pattern in LOOKING:
        matches(pattern, bare(box, command).exits(0).out, command)


def test_no_systemd_show_is_what_systemd_would_load(box):
    """No systemd running: `show` has what systemd's Environment has after a reload."""
    box.write(f"{ETC}/ollama.service.d/override.conf",
              '[Service]\nEnvironment="A=1" B=2\nEnvironment="PATH=/bin"\n')
    box.reload()
    result = bare(box, "show", "--json").exits(0)
    value = parse_json(result, "show")
    equal(value["unit_environment"], box.snapshot().environment_list, "unit_environment")


@readonly
def test_no_systemd_dry_run(box):
    """No systemd running: `--dry-run` shows the change and makes none."""
    result = bare(box, *MAIN, "--dry-run").exits(0)
    matches(r'\+Environment="OLLAMA_KEEP_ALIVE=-1"', result.out, "diff")


def test_no_systemd_configure_writes(box):
    """No systemd running: the drop-in is written, not applied, and said when it holds."""
    before = box.snapshot()
    result = bare(box, *MAIN, "--json").exits(0)
    value = parse_json(result, "configure")
    equal((value["changed"], value["applied"], value["restarted"]), (True, False, False), "report")
    after = box.snapshot()
    equal((after.invocation, after.reloads), (before.invocation, before.reloads), "runs")
    written = after.file(DROP_IN)
    equal((written["mode"], written["owner"]), ("644", "0:0"), DROP_IN)
    box.restart()
    has_settings(box.snapshot(), WANTED)


def test_no_systemd_says_when_it_holds(box):
    """No systemd running: the text says that the settings are in force from the next boot."""
    matches("next boot", bare(box, *MAIN).exits(0).text, "output")


def test_no_systemd_again_changes_nothing(box):
    """No systemd running: the second run has nothing to do."""
    bare(box, *MAIN).exits(0)
    before = box.snapshot()
    value = parse_json(bare(box, *MAIN, "--json").exits(0), "configure")
    equal(value["changed"], False, "changed")
    equal(changed_files(before, box.snapshot()), [], "files that changed")


def test_no_systemd_reset(box):
    """No systemd running: `reset` removes the drop-in."""
    bare(box, *MAIN).exits(0)
    expect(box.exists(DROP_IN), f"there is no {DROP_IN}")
    bare(box, "reset", *FAST).exits(0)
    expect(not box.exists(DROP_IN), f"{DROP_IN} is left")


def test_no_systemd_conflicts_are_refused_too(box):
    """No systemd running: a later drop-in is seen all the same, exit 6."""
    box.write(f"{ETC}/ollama.service.d/zzz.conf", "[Service]\nEnvironment=OLLAMA_KEEP_ALIVE=5m\n")
    result = bare(box, *MAIN).exits(6)
    matches(r"zzz\.conf:2", result.err, "the place")
    expect(not box.exists(DROP_IN), f"{DROP_IN} was written")


def test_only_the_bus_is_missing(box):
    """Without a system bus root still reaches systemd: settings are applied."""
    box.run("unshare", "--mount", "sh", "-c", 'mkdir -p /run/dbus && mount -t tmpfs none /run/dbus '
            '&& exec "$@"', "sh", TOOL, *MAIN).exits(0)
    has_settings(box.snapshot(), WANTED)


def image(box):
    box.sh(f"mkdir -p {IMAGE}/usr/lib/systemd/system {IMAGE}/etc/systemd/system "
           f"&& cp {ETC}/{UNIT} {IMAGE}/usr/lib/systemd/system/")


def in_image(box, *args):
    return box.tool("--root", IMAGE, *args)


def test_root_writes_below_it(box):
    """`--root DIR`: the drop-in lies in the image, this machine is as before."""
    image(box)
    before = box.snapshot()
    result = in_image(box, "configure", "--gpus", "0,1", "--spread", "--json").exits(0)
    equal(parse_json(result, "configure")["applied"], False, "applied")
    nothing_changed(before, box.snapshot())
    text = box.read(IMAGE + DROP_IN).decode()
    for pair in ("CUDA_VISIBLE_DEVICES=0,1", "OLLAMA_SCHED_SPREAD=1"):
        expect(f'Environment="{pair}"' in text, f"no {pair} in:\n{text}")


def test_root_keeps_its_state_below_it(box):
    """`--root DIR`: lock and generations lie in the image too."""
    image(box)
    in_image(box, "configure", "--spread").exits(0)
    equal(box.snapshot().state_files, {}, "state on this machine")
    expect(box.exists(f"{IMAGE}/var/lib/ollama-gpu"), "there is no state in the image")


def test_root_all_gpus_is_no_restriction(box):
    """`--root DIR --gpus all`: which GPUs there are is not known, so none is left out."""
    image(box)
    in_image(box, "configure", "--gpus", "all", "--keep-alive").exits(0)
    text = box.read(IMAGE + DROP_IN).decode()
    lacks("^Environment=.*CUDA_VISIBLE_DEVICES", text, DROP_IN)
    matches("^Environment=.*OLLAMA_KEEP_ALIVE=-1", text, DROP_IN)


def test_root_selector_that_needs_the_hardware(box):
    """`--root DIR` with a condition on the GPUs: exit 2, nothing written."""
    image(box)
    result = in_image(box, "configure", "--gpus", "min-free=20GiB").exits(2)
    matches(r"^\s*hint:", result.err, "hint")
    expect(not box.exists(IMAGE + DROP_IN), "it was written")


def test_root_show(box):
    """`--root DIR show` shows the image's unit."""
    image(box)
    in_image(box, "configure", "--set", "E2E_IMAGE=1").exits(0)
    value = json.loads(in_image(box, "show", "--json").exits(0).out)
    equal(value["environment"]["E2E_IMAGE"]["value"], "1", "E2E_IMAGE")


def test_root_missing_unit(box):
    """`--root DIR` without such a unit: exit 5."""
    box.sh(f"mkdir -p {IMAGE}/etc")
    in_image(box, "configure", "--spread").exits(5)


def test_root_does_not_follow_links_out_of_it(box):
    """`--root DIR`: a link in the image that leads out of it is not followed to this machine."""
    image(box)
    box.sh(f"ln -s /etc/systemd/system/ollama.service.d {IMAGE}{ETC}/ollama.service.d")
    before = box.snapshot()
    in_image(box, "configure", "--spread").exits(1, 6)
    nothing_changed(before, box.snapshot())
