# SPDX-License-Identifier: MIT
"""What a real Ollama does not start with, reads otherwise, or does not know: nobody is told that it is well."""
import re

from harness import DROP_IN, FAST, Skip, expect, lacks, matches
from job import REFUSED, configured, foreign, is_as_before, shows
from programs import number


def refused(box, *change):
    """A change that Ollama does not start with: not done, or put back; gives the result."""
    configured(box)
    before, config = box.snapshot(), box.config()
    result = box.json("configure", *change, *FAST)
    expect(result.rc in (2, 4, 5, 6, 7), f"exit {result.rc}\n{result.text}")
    is_as_before(box, before, config)
    return result


def test_origin_that_ends_ollama(box):
    """An origin that Ollama panics at is refused, or put back with Ollama's reason."""
    result = refused(box, "--set", "OLLAMA_ORIGINS=a.b")
    said = "\n".join(result.json.get("journal", [])) if result.rc == 7 else result.err
    matches("origin", said, "the reason")


def test_models_that_it_may_not_write(box):
    """A directory of root's for the models is refused, or put back with Ollama's reason."""
    box.sh("mkdir -p -m 755 /e2e/roots-models")
    result = refused(box, "--models", "/e2e/roots-models")
    said = "\n".join(result.json.get("journal", [])) if result.rc == 7 else result.err
    matches("denied|cannot write|may not|not writable", said, "the reason")


def test_port_that_it_may_not_have(box):
    """A port below 1024 is refused, or put back."""
    refused(box, "--listen", "127.0.0.1:80")


def test_address_that_is_not_there(box):
    """An address that this machine does not have is refused, or put back."""
    refused(box, "--listen", "192.0.2.1:12000")


def test_a_port_of_its_own_choice(box):
    """Port 0, where Ollama takes any and no client finds it, is refused, or put back: not left so."""
    refused(box, "--listen", "127.0.0.1:0")


def test_address_with_a_zone(box):
    """[::1%lo], where Ollama listens indeed, is done or refused: not put back as not healthy."""
    result = box.tool("configure", "--listen", "[::1%lo]:12000", "--settle=0", "--timeout=4")
    listens = "http://[::1%25lo]:12000" in str(box.config()) or "[::1%25lo]:12000" in box.journal()
    expect(result.rc in REFUSED or listens, f"Ollama does not take this address: this shows nothing\n{result.text}")
    result.exits(0, *REFUSED)


def test_misread_in_a_foreign_drop_in(box):
    """doctor finds a value that Ollama takes for something else, and verify does not call it meant."""
    foreign(box, "OLLAMA_KEEP_ALIVE=1d")
    shows(box, {"OLLAMA_KEEP_ALIVE": "5m0s"})
    codes = {f["code"] for f in box.json("doctor").exits(11).json["findings"]}
    expect("OG202" in codes, f"doctor found only {sorted(codes)}")
    lacks("settings as meant", box.tool("verify").text, "verify")


def test_misread_in_our_drop_in(box):
    """A value edited by hand in our drop-in, which Ollama takes for something else, is not proved."""
    configured(box)
    box.write(DROP_IN, box.read(DROP_IN).decode().replace("KEEP_ALIVE=24h", "KEEP_ALIVE=1d"))
    box.restart()
    shows(box, {"OLLAMA_KEEP_ALIVE": "5m0s"})
    result = box.json("verify")
    expect(result.evidence()["server"] != "ok", f"server is ok, exit {result.rc}\n{result.text}")


def test_setting_of_another_version(box):
    """A setting that this Ollama does not know is not done without a word."""
    name = next(name for name in ("OLLAMA_NEW_ENGINE", "OLLAMA_IGPU_ENABLE") if name not in box.config())
    result = box.tool("configure", "--set", f"{name}=1", *FAST)
    matches(f"(does not show|not know|not read|no effect|since|until).*{name}|{name}.*(not|since|until) ",
            re.sub(r"\s+", " ", result.text), "what it says")


def test_cloud_address_that_is_ignored(box):
    """An address of the cloud that Ollama warns of and leaves out is refused, or said to be so."""
    result = box.json("configure", "--set", "OLLAMA_CLOUD_BASE_URL=foo", *FAST)
    warned = [line for line in box.journal().splitlines() if re.search("WARN.*OLLAMA_CLOUD_BASE_URL", line)]
    if result.rc in REFUSED:
        return
    if not warned:
        raise Skip("this version does not look at OLLAMA_CLOUD_BASE_URL")
    matches("OLLAMA_CLOUD_BASE_URL.*(URL|http|scheme|ignore)", "\n".join(result.json["warnings"]),
            f"Ollama says: {warned[0]}\nwhat the tool says")


def test_upgrade_that_drops_a_setting(box):
    """After an upgrade to an Ollama that no longer knows one of our settings, doctor says so."""
    later = [p for p in box.others if p.path and number(p.version) >= (0, 30)]
    if "OLLAMA_NEW_ENGINE" not in box.config() or not later:
        raise Skip("it needs a version before 0.30 and one from then on")
    box.tool("configure", "--set", "OLLAMA_NEW_ENGINE=1", *FAST).exits(0)
    try:
        box.put_program(later[-1])
        box.restart()
        expect("OLLAMA_NEW_ENGINE" not in box.config(), f"{later[-1].version} knows it: this shows nothing")
        result = box.json("doctor").exits(0, 11)
        found = [f for f in result.json["findings"] if "OLLAMA_NEW_ENGINE" in f["message"]]
        expect(found, f"doctor says nothing of OLLAMA_NEW_ENGINE under {later[-1].version}\n{result.text}")
    finally:
        box.put_program(box.program)


def test_silenced_log(box):
    """OLLAMA_DEBUG=-1, with which Ollama logs nothing of its start, is refused, or said to leave the proof open."""
    result = box.json("configure", "--set", "OLLAMA_DEBUG=-1", *FAST)
    if result.rc in REFUSED:
        return
    expect(result.evidence().get("server") != "ok", f"the server is proved by nothing\n{result.text}")
    said = [entry["detail"] for entry in result.json["evidence"] if entry["level"] == "server"]
    matches("OLLAMA_DEBUG", "\n".join(said + result.json["warnings"]), "why nothing is proved")
