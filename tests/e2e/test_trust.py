# SPDX-License-Identifier: MIT
"""Where somebody else could have us write what he likes, nothing is written: exit 6."""
import struct

from harness import (DROP_IN, DROP_IN_DIR, FAST, MAIN, STATE_DIR, TOOL, Skip, configured, equal,
                     expect, matches, needs_python, nothing_changed)

AWAY = "/e2e/scratch/away"
PLACES = {
    "drop_in_directory": DROP_IN_DIR,
    "drop_in": DROP_IN,
    "state_directory": STATE_DIR,
}
FAULTS = {
    "is_a_link": (f'mv "$1" {AWAY} && ln -s {AWAY} "$1"', "symbolic link"),
    "belongs_to_another": ('chown nobody "$1"', "another user"),
    "may_be_written_by_all": ('chmod o+w "$1"', "other users may write"),
    "may_be_written_by_a_group": ('chgrp users "$1" && chmod g+w "$1"', "other users may write"),
}


def refused(place, fault):
    path, (script, reason) = PLACES[place], FAULTS[fault]

    def test(box):
        configured(box)
        text = box.read(DROP_IN)
        box.sh(script, path)
        before = box.snapshot()
        for command in (("configure", "--keep-alive=24h"), ("reset",), ("rollback",)):
            result = box.tool(*command, *FAST).exits(6)
            matches(reason, result.err, "the reason")
            matches(path, result.err, "the place")
            matches(r"^\s*hint:", result.err, "hint")
        nothing_changed(before, box.snapshot())
        equal(box.read(DROP_IN), text, DROP_IN)

    test.__doc__ = f"The {place} {fault}: refused, with the reason and a hint.".replace("_", " ")
    return test


for PLACE in PLACES:
    for FAULT in FAULTS:
        globals()[f"test_{PLACE}_{FAULT}"] = refused(PLACE, FAULT)


IMAGE = "/mnt/image"
# Links in an image that lead out of it, one way or the other.
LINKS = {
    "etc": ("/etc", "etc"),
    "systemd": ("/etc/systemd", "etc/systemd"),
    "units": ("../../../../../../../../etc/systemd/system", "etc/systemd/system"),
    "var": ("/var", "var"),
    "state": ("/var/lib/ollama-gpu", "var/lib/ollama-gpu"),
    "drop_in": (DROP_IN, DROP_IN[1:]),
}


def kept_inside(target, link):
    def test(box):
        configured(box)
        box.sh(f"mkdir -p {IMAGE}/usr/lib/systemd/system {IMAGE}/usr/local/bin && "
               f"cp /etc/systemd/system/ollama.service {IMAGE}/usr/lib/systemd/system/ && "
               f"mkdir -p $(dirname {IMAGE}/{link}) && ln -s {target} {IMAGE}/{link}")
        before = box.snapshot()
        for command in (("configure", "--set", "E2E_IMAGE=1"), ("reset",), ("rollback",)):
            result = box.tool("--root", IMAGE, *command)
            expect(result.rc in (0, 1, 5, 6), f"exit {result.rc}: {result.text}")
        after = box.snapshot()
        nothing_changed(before, after)
        equal(after.state_files, before.state_files, "state on this machine")

    test.__doc__ = f"--root: /{link} of the image is a link to {target}; this machine stays."
    return test


for NAME, (TARGET, LINK) in LINKS.items():
    globals()[f"test_root_link_{NAME}"] = kept_inside(TARGET, LINK)


def test_root_exchanged_meanwhile(box):
    """The directory of --root becomes a link to / while it runs: what was opened stays the image."""
    if box.run("strace", "--version").rc != 0:
        raise Skip("there is no strace in this root file system")
    configured(box)
    box.sh(f"mkdir -p {IMAGE}/usr/lib/systemd/system && "
           f"cp /etc/systemd/system/ollama.service {IMAGE}/usr/lib/systemd/system/")
    before = box.snapshot()
    box.sh(f"(sleep 0.7; mv {IMAGE} {IMAGE}2; ln -s / {IMAGE}) > /dev/null 2>&1 & "
           f"strace -qq -o /dev/null -P {IMAGE} -e inject=readlink:delay_exit=1500000 "
           f"{TOOL} --root {IMAGE} configure --set E2E_IMAGE=1 2>&1", check=False)
    after = box.snapshot()
    box.sh(f"test -L {IMAGE} && rm {IMAGE} && mv {IMAGE}2 {IMAGE}")
    nothing_changed(before, after)
    equal(after.state_files, before.state_files, "state on this machine")
    matches("E2E_IMAGE=1", box.read(IMAGE + DROP_IN).decode(), "the image's drop-in")


def test_root_is_a_link_to_this_system(box):
    """--root on a link to /: refused, as --root / is."""
    box.sh(f"ln -s / {IMAGE}")
    for root in (IMAGE, "//", "/usr/.."):
        result = box.tool("--root", root, "configure", "--set", "E2E_IMAGE=1").exits(2)
        matches("is the running system itself", result.err, "the reason")
    box.sh(f"rm {IMAGE}")


def set_acl(box, path, *entries):
    """Sets an access control list by its attribute, as setfacl(1) does, which not every machine has."""
    needs_python(box)
    kinds = {"u": (0x01, 0x02), "g": (0x04, 0x08), "m": (0x10, 0x10), "o": (0x20, 0x20)}
    data = struct.pack("<I", 2)
    for kind, who, rights in entries:
        tag = kinds[kind][0 if who is None else 1]
        data += struct.pack("<HHI", tag, rights, 0xFFFFFFFF if who is None else who)
    box.sh('python3 -c "import os, sys; os.setxattr(sys.argv[1], \'system.posix_acl_access\', bytes.fromhex(sys.argv[2]))" '
           '"$1" "$2"', path, data.hex())


def acl_of(box, path):
    return box.sh('python3 -c "import os, sys; print({n: os.getxattr(sys.argv[1], n).hex() for n in sorted(os.listxattr('
                  'sys.argv[1])) if not n.startswith(\'security.\')})" "$1"', path)


def test_a_fix_keeps_the_access_control_list(box):
    """`doctor --fix` and `rollback` keep a file's list and attributes: nobody may read more than before."""
    path = f"{DROP_IN_DIR}/override.conf"
    box.write(path, "[Service]\nEnvironment=MY_API_KEY=x\nEnviroment=OLLAMA_DEBUG=1\n", "640")
    set_acl(box, path, ("u", None, 6), ("u", 65534, 4), ("g", None, 0), ("m", None, 4), ("o", None, 0))
    box.sh('python3 -c "import os, sys; os.setxattr(sys.argv[1], \'user.note\', b\'mine\')" "$1" || true', path)
    before = acl_of(box, path)
    box.reload()
    box.tool("doctor", "--fix", "--settle=0")
    expect(b"Environment=OLLAMA_DEBUG=1" in box.read(path), "it was fixed")
    equal(acl_of(box, path), before, "attributes after the fix")
    box.tool("rollback", *FAST).exits(0, 11)
    expect(b"Enviroment" in box.read(path), "it was rolled back")
    equal(acl_of(box, path), before, "attributes after the rollback")


def test_an_access_control_list_that_lets_others_write(box):
    """A drop-in directory into which its list lets another user write is refused."""
    box.sh('mkdir -p "$1"', DROP_IN_DIR)
    set_acl(box, DROP_IN_DIR, ("u", None, 7), ("u", 65534, 7), ("g", None, 5), ("m", None, 7), ("o", None, 5))
    before = box.snapshot()
    matches("access control list", box.tool(*MAIN).exits(6).text, "why")
    equal(box.snapshot().files, before.files, "files")


def test_a_gate_that_others_may_replace(box):
    """The gate's program must be root's all the way up: it runs at each start of the service."""
    box.sh("mkdir -p /srv/e2e-bin; cp /usr/local/bin/ollama-gpu /srv/e2e-bin/; chown -R nobody /srv/e2e-bin")
    try:
        for prepare, who in (("true", "it"), ("chown root /srv/e2e-bin/ollama-gpu", "/srv/e2e-bin"),
                             ("chown root /srv/e2e-bin; chmod 777 /srv/e2e-bin", "/srv/e2e-bin"),
                             ("chmod 755 /srv/e2e-bin; chmod 777 /srv/e2e-bin/ollama-gpu", "it")):
            box.sh(prepare)
            before = box.snapshot()
            result = box.run("/srv/e2e-bin/ollama-gpu", *MAIN, "--wait-for-gpus").exits(6)
            matches(f"other users may replace {who}", result.text, prepare)
            equal(box.snapshot().files, before.files, "files")
        box.sh("chmod 755 /srv/e2e-bin/ollama-gpu")
        box.run("/srv/e2e-bin/ollama-gpu", *MAIN, "--wait-for-gpus").exits(0)
    finally:
        box.sh("rm -rf /srv/e2e-bin")


def test_a_limit_of_file_sizes(box):
    """RLIMIT_FSIZE: said as an error, not a death without a word."""
    result = box.run("bash", "-c", "ulimit -f 0; exec /usr/local/bin/ollama-gpu configure --spread --restart never")
    result.exits(1)
    matches("File too large", result.text, "why")
    expect(not box.exists(DROP_IN), "no drop-in")
    equal(box.sh('ls -A "$1" 2> /dev/null || true', DROP_IN_DIR), "", "nothing is left")
