# SPDX-License-Identifier: MIT
"""Every setting with every value against a real Ollama, and what the tool says of the same pairs."""
import re

import meaning
import pairs
from known import KNOWN
from programs import number


class Seen:
    """What one version showed: its names, and a verdict for each (name, value)."""

    def __init__(self, version, defaults):
        self.version, self.defaults, self.verdicts = version, defaults, {}
        self.named = set()  # the names of Ollama's own that its program has at all, shown or not


def own_names(program, names):
    """Those of Ollama's own settings that the program has as a text: a name it lacks it cannot read."""
    data = program.path.read_bytes()
    return {name for name in names if name.startswith("OLLAMA_") and name.encode() in data}


def look(program, settings, workers):
    """Starts the program once for each pair that its log line can show."""
    bare = workers.starts(program.path, [{}])[0]
    seen = Seen(program.version, bare.config)
    tried = [(setting, value) for setting in settings if setting["name"] in bare.config
             for value in pairs.values_of(setting)]
    starts = workers.starts(program.path, [
        {setting["name"]: value} for setting, value in tried])
    for (setting, value), start in zip(tried, starts):
        default = bare.config[setting["name"]].replace(bare.home, start.home)
        seen.verdicts[(setting["name"], value)] = verdict(setting, value, start, default)
    return seen


def verdict(setting, value, start, default):
    """read, default, other: WHAT IT SAYS, silent, or ends: LAST WORDS."""
    if start.ended:
        return "ends: " + short(start.ended, start)
    if start.config is None:
        return "silent"
    text = start.config.get(setting["name"], "")
    value = pairs.filled(value, start.home)
    if meaning.agrees(setting, value, text, default):
        if setting["type"] == "host" and listens_elsewhere(text, start.listening):
            return "other: a port of its own choice"
        return "read"
    return "default" if text == default else "other: " + short(text, start)


def listens_elsewhere(text, listening):
    """Whether the port is not the one that the line shows."""
    return int(listening.rpartition(":")[2]) != meaning.shown_address(text)[1]


def short(text, start):
    """Words for the table: the same on every machine."""
    text = re.sub(r" on [\d.]+:53: .*", "", text)  # which server was asked for a name
    return text.replace(start.home, "~").replace("\t", " ")[:80].strip()


def changed(seen, recorded, name):
    """The pairs of a setting whose verdict is not the recorded one, in words."""
    now = {value: v for (n, value), v in seen.verdicts.items() if n == name}
    then = {value: v for (n, value), v in recorded.items() if n == name}
    return [f"{name}={value!r}: recorded {then.get(value)!r}, seen {now.get(value)!r}"
            for value in dict.fromkeys([*then, *now]) if then.get(value) != now.get(value)]


def wrongly_accepted(seen, setting, accepted):
    """The pairs that the tool accepts and that Ollama reads otherwise, or ends with."""
    found = []
    for pair, verdict_ in seen.verdicts.items():
        if pair[0] != setting["name"]:
            continue
        if pair in KNOWN and not accepted[pair]:
            found.append(f"{pair[0]}={pair[1]!r}: the tool refuses it now: take it out of known.py")
        if pair not in KNOWN and accepted[pair] and verdict_ != "read":
            found.append(f"{pair[0]}={pair[1]!r}: the tool accepts it; Ollama {seen.version}: {verdict_}")
    return found


def only_here(seen, setting, accepted):
    """The pairs that the tool refuses and Ollama reads as meant."""
    return [f"{setting['name']}={value!r}" for (name, value), verdict_ in seen.verdicts.items()
            if name == setting["name"] and verdict_ == "read" and not accepted[(name, value)]]


def wrong_default(seen, setting):
    """Where the default that the tool names is not the one that the line shows with nothing set."""
    said = setting["default"]
    before = re.search(r"(?:\(|; )(\S+) before ([\d.]+)\)", said)
    if before and number(seen.version) < number(before.group(2)):
        said = before.group(1)
    said, text = said.split(" (")[0], seen.defaults[setting["name"]]
    if meaning.given(setting, said) == meaning.shown(setting, text):
        return []
    return [f"{setting['name']}: the tool says {setting['default']!r}; Ollama {seen.version}: {text!r}"]


def applies(setting, version):
    """Whether the tool says that this version knows the setting."""
    at = number(version)
    since, until = number(setting["since"]), number(setting["until"])
    return (not since or at >= since) and (not until or at[:len(until)] <= until)


def contradictions(setting, how, having):
    """Where since and until of the tool do not fit the versions that have the setting; how: shown by, named by."""
    name = setting["name"]
    if all(applies(setting, version) == (name in names) for version, names in having.items()):
        return []
    by = [version for version in having if name in having[version]]
    return [f"{name}: {how} {' '.join(by) or 'none'} of {' '.join(having)}; the tool says since "
            f"{setting['since'] or 'always'}, until {setting['until'] or 'now'}"]
