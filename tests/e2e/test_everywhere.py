# SPDX-License-Identifier: MIT
"""Without a terminal, a home, a locale or outputs; from a package's script; again and again."""
from harness import (DROP_IN, DROP_IN_DIR, ETC, FAST, FRAGMENT, MAIN, SANDBOX, STATE_DIR, TOOL, UNIT,
                     WANTED, Sandbox, equal, expect, has_no, has_settings, matches,
                     nothing_changed, parse_json, slow, thorough)


def test_with_nothing_around_it(box):
    """No environment at all, another directory, no stdin: done; the second time nothing to do."""
    for changed in (True, False):
        result = box.run("sh", "-c", 'cd /proc/self && exec env -i "$@" < /dev/null', "sh", TOOL,
                         *MAIN, "--json").exits(0)
        equal(parse_json(result, "configure")["changed"], changed, "changed")
    has_settings(box.snapshot(), WANTED)
    for words in (("status",), ("show",), ("verify",), ("gpus",), ("doctor",)):
        box.run("env", "-i", TOOL, *words).exits(0, 11)


def test_with_closed_or_full_outputs(box):
    """stdin and stdout closed, stdout or stderr on a full disk or a broken pipe: it is done."""
    for number, outputs in enumerate(("<&- >&-", "<&- >&- 2>&-", ">/dev/full", "2>/dev/full",
                                      ">/dev/full 2>&1", "| true", "2>&1 | true", "2> >(true)")):
        box.run("bash", "-c", f'"$@" {outputs}; true', "sh", TOOL, "configure", "--num-parallel",
                str(number + 1), *FAST)
        box.sh("while pidof ollama-gpu > /dev/null; do sleep 0.05; done")
        has_settings(box.snapshot(), {"OLLAMA_NUM_PARALLEL": str(number + 1)})
    equal(box.sh(f"grep -hl pending {STATE_DIR}/{UNIT}/*/meta.json || true"), "", "pending")


def test_with_few_descriptors_and_odd_limits(box):
    """A small limit of open files, a file mask that shuts everybody out, another group."""
    box.run("sh", "-c", 'umask 0777; ulimit -n 24; exec "$@"', "sh", TOOL, *MAIN).exits(0)
    after = box.snapshot()
    has_settings(after, WANTED)
    equal(after.file(DROP_IN)["mode"], "644", f"mode of {DROP_IN}")
    equal(after.file(DROP_IN_DIR)["mode"], "755", f"mode of {DROP_IN_DIR}")


@slow
def test_a_hundred_times_in_a_row(box):
    """The same command a hundred times: the first changes, the others touch nothing at all."""
    box.tool(*MAIN).exits(0)
    before = box.snapshot()
    script = 'for _ in $(seq 99); do "$@" --json | grep -c \'"changed":false\' || exit; done | sort -u'
    equal(box.sh(script, TOOL, *MAIN, timeout=90).strip(), "1", "runs that changed nothing")
    after = box.snapshot()
    nothing_changed(before, after)
    equal(after.state_files.keys(), before.state_files.keys(), "generations")


def test_in_a_packages_script(box):
    """A post-install script in a chroot without systemd: written; in force from the first start."""
    box.sh("mkdir -p /mnt/image && mount --bind / /mnt/image")
    try:
        box.write("/e2e/scratch/postinst", f"#!/bin/sh\nset -e\n{TOOL} configure --gpus 0,1 "
                  "--spread --keep-alive --quiet\n", "755")
        before = box.snapshot()
        # As in an image's build: nothing of this machine's /run, /proc or /sys is there.
        result = box.run("unshare", "--mount", "--pid", "--fork", "sh", "-c",
                         'mount -t tmpfs none /mnt/image/run && mount -t tmpfs none /mnt/image/sys '
                         '&& mount -t tmpfs none /mnt/image/proc && '
                         'exec chroot /mnt/image /e2e/scratch/postinst').exits(0)
        equal(result.text, "", "output")
    finally:
        box.sh("umount /mnt/image")
    after = box.snapshot()
    equal((after.invocation, after.reloads), (before.invocation, before.reloads), "it touched systemd")
    box.restart()
    has_settings(box.snapshot(), {"CUDA_VISIBLE_DEVICES": "0,1", "OLLAMA_KEEP_ALIVE": "-1"})


def test_unit_file_that_is_a_link(box):
    """A unit that was linked from elsewhere: found, set, rolled back, and the file stays as it is."""
    box.sh(f"systemctl stop ollama; systemctl -q disable ollama; mkdir -p /e2e/scratch/opt; "
           f"mv {FRAGMENT} /e2e/scratch/opt/ollama.service; "
           "systemctl -q link /e2e/scratch/opt/ollama.service; systemctl start ollama")
    box.wait_for_answer()
    text = box.read("/e2e/scratch/opt/ollama.service")
    box.tool(*MAIN).exits(0)
    has_settings(box.snapshot(), WANTED)
    equal(box.json("verify").exits(0).evidence()["process"], "ok", "evidence")
    box.tool("rollback", *FAST).exits(0)
    has_no(box.snapshot(), *WANTED)
    equal(box.read("/e2e/scratch/opt/ollama.service"), text, "the unit")
    box.sh("systemctl stop ollama; systemctl -q disable ollama; systemctl daemon-reload")


def test_link_under_another_name(box):
    """A name that is a link to the unit, and a link to that: one unit, one drop-in, one state."""
    box.sh(f"ln -s ollama.service {ETC}/e2e-llm.service && ln -s e2e-llm.service "
           f"{ETC}/e2e-ai.service && systemctl daemon-reload")
    box.tool("--unit", "e2e-ai", *MAIN).exits(0)
    has_settings(box.snapshot(), WANTED)
    equal(box.snapshot().drop_ins, [DROP_IN], "DropInPaths")
    equal(box.json("--unit", "e2e-llm", *MAIN).exits(0).json["changed"], False, "changed")
    box.tool("--unit", "e2e-llm", "reset", *FAST).exits(0)
    expect(not box.exists(DROP_IN_DIR), "the drop-in is left")


def test_two_instances(box):
    """Two instances of a template on two GPUs each: neither change touches the other."""
    text = box.read(FRAGMENT).decode()
    box.write(f"{ETC}/ollama@.service", text.replace(
        'Environment="OLLAMA_HOST=127.0.0.1:11434"', "EnvironmentFile=/e2e/scratch/%i.env"))
    for port, name in enumerate(("gpu0", "gpu1"), 11601):
        box.write(f"/e2e/scratch/{name}.env", f"OLLAMA_HOST=127.0.0.1:{port}\n")
    box.sh("systemctl daemon-reload; systemctl start ollama@gpu0 ollama@gpu1")
    for port, name in enumerate(("gpu0", "gpu1"), 11601):
        box.wait_for_answer(port)
        box.tool("--unit", f"ollama@{name}", "configure", "--gpus", name[-1], *FAST).exits(0)
    for name in ("gpu0", "gpu1"):
        has_settings(box.snapshot(f"ollama@{name}.service"), {"CUDA_VISIBLE_DEVICES": name[-1]})
    before = box.snapshot("ollama@gpu1.service")
    box.tool("--unit", "ollama@gpu0", "rollback", *FAST).exits(0)
    has_no(box.snapshot("ollama@gpu0.service"), "CUDA_VISIBLE_DEVICES")
    equal(box.snapshot("ollama@gpu1.service").invocation, before.invocation, "the other instance")
    box.json("--unit", "ollama@", *MAIN).exits(2, 6)


# --- an image that is configured, and then booted

@thorough
def test_image_is_configured_and_booted(box):
    """A debootstrap of Debian 13, configured with --root; booted, the service has the settings."""
    rootfs = box.host([str(SANDBOX), "rootfs", "trixie"], timeout=900).strip()
    image = box.host(["mktemp", "-d", "/tmp/ollama-gpu-image.XXXXXX"]).strip()
    booted = None
    try:
        box.host(["cp", "-a", f"{rootfs}/.", image])
        support = box.env["OLLAMA_GPU_SUPPORT_BIN"]
        script = (f"cp {support}/ollama {image}/usr/local/bin/ollama && "
                  f"cp {support}/libnvidia-ml.so.1 {image}/usr/lib/$(uname -m)-linux-gnu/ && "
                  f"chroot {image} useradd -r -s /bin/false -U -m -d /usr/share/ollama ollama && "
                  f"mkdir -p {image}/etc/systemd/system/multi-user.target.wants && "
                  f"ln -s ../ollama.service {image}/etc/systemd/system/multi-user.target.wants/")
        box.host(["sh", "-ec", script])
        for path in ("/etc/nvml-standin.conf", FRAGMENT):
            box.host(["sh", "-c", f'cat > "{image}{path}"'], stdin=box.read(path))
        result = box.host([str(box.tool_on_host), "--root", image, "configure", "--gpus", "0-1",
                           "--spread", "--keep-alive", "--json"])
        matches('"applied":false', result, "report")
        booted = Sandbox(image, box.tool_on_host, box.owner, box.env, ready=True)
        booted.sh("for _ in $(seq 200); do curl -s --noproxy '*' --max-time 2 "
                  "http://127.0.0.1:11434/api/version && exit 0; sleep 0.05; done; exit 1")
        has_settings(booted.snapshot(), {"CUDA_VISIBLE_DEVICES": "0,1", "OLLAMA_SCHED_SPREAD": "1",
                                         "OLLAMA_KEEP_ALIVE": "-1"})
        evidence = booted.json("verify").exits(0).evidence()
        equal({level: evidence[level] for level in ("file", "manager", "process", "server")},
              dict.fromkeys(("file", "manager", "process", "server"), "ok"), "evidence")
        booted.tool("rollback", *FAST).exits(0)
        has_no(booted.snapshot(), "OLLAMA_KEEP_ALIVE", "CUDA_VISIBLE_DEVICES")
    finally:
        if booted is not None:
            booted.down()
        box.host(["rm", "-rf", "--one-file-system", image])
