# SPDX-License-Identifier: MIT
"""Where somebody else could have us write what he likes, nothing is written: exit 6."""
from harness import (DROP_IN, DROP_IN_DIR, FAST, STATE_DIR, configured, equal, expect,
                     matches, nothing_changed)

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
