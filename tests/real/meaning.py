# SPDX-License-Identifier: MIT
"""What a person means by a value, and what Ollama's log line says that it understood.

Both come down to the same plain value, or to None where there is no sense in it. This is not the
tool's own reading: it is what a verdict on the tool is judged by.
"""
import re
import urllib.parse

FOR_EVER = "for ever"
DEFAULT = "the default"
UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
SIZES = {"": 1, "k": 1000, "m": 1000**2, "g": 1000**3, "ki": 1 << 10, "mi": 1 << 20, "gi": 1 << 30}
LONGEST = (2**63 - 1) / 1e9  # seconds; how Ollama writes "for ever"


def switch(text):
    """on and off as people write them."""
    word = text.lower()
    if word in ("1", "t", "true", "yes", "on", "enabled"):
        return True
    return False if word in ("0", "f", "false", "no", "off", "disabled") else None


def duration(text):
    """Seconds; below zero: for ever."""
    if re.fullmatch(r"[+-]?\d+", text):
        seconds = float(text)
    else:
        parts = re.findall(r"([\d.]+)(ns|us|µs|ms|[smhdw])", text)
        if not parts or re.fullmatch(r"[+-]?([\d.]+(ns|us|µs|ms|[smhdw]) ?)+", text) is None:
            return FOR_EVER if text == "forever" else None
        seconds = sum(float(count) * UNITS[unit] for count, unit in parts)
        seconds = -seconds if text.startswith("-") else seconds
    return FOR_EVER if seconds < 0 or seconds >= int(LONGEST) else round(seconds, 6)


def stall(text):
    """OLLAMA_LOAD_TIMEOUT: nought is for ever too."""
    seconds = duration(text)
    return FOR_EVER if seconds == 0 else seconds


def whole(text):
    """A whole number of at least nought, in digits."""
    return int(text) if re.fullmatch(r"\+?\d+", text) else None


def size(text):
    """Bytes."""
    found = re.fullmatch(r"(\d+) ?([kmg]i?|)b?", text.lower())
    return int(found.group(1)) * SIZES[found.group(2)] if found else None


def words(text):
    """A list, whether joined by commas or as Go prints it."""
    return tuple(word for word in re.split(r"[, ]+", text.strip("[]")) if word)


def address(text):
    """(host, port) of where to listen; without a port 11434, or the scheme's."""
    scheme, _, rest = text.rpartition("://")
    port = {"": 11434, "http": 80, "https": 443}.get(scheme)
    if port is None:
        return None
    rest = rest.split("/")[0]
    found = re.fullmatch(r"(\[[^]]*\]|[^:]*)(?::(\d+))?", rest)
    if not found:
        return (rest, port) if re.fullmatch(r"[0-9a-f:]+", rest) else None
    port = int(found.group(2) or port)
    return (found.group(1).strip("[]"), port) if port < 65536 else None


def shown_address(text):
    """The same of the URL that Ollama shows."""
    url = urllib.parse.urlsplit(text)
    try:
        host = urllib.parse.unquote(url.netloc.rpartition(":")[0])
        return (host.strip("[]"), url.port)
    except ValueError:
        return None


def level(text):
    """OLLAMA_DEBUG: the level that the line names."""
    return {"1": "DEBUG", "true": "DEBUG", "2": "TRACE", "0": "INFO", "false": "INFO"}.get(text)


def plain(text):
    """A text is what it says."""
    return text


READERS = {"boolean": switch, "tri_state": switch, "duration": duration, "unsigned_integer": whole,
           "bytes": size, "list": words, "host": address}
BY_NAME = {"OLLAMA_DEBUG": level, "OLLAMA_LOAD_TIMEOUT": stall}


def given(setting, value):
    """What is meant by a value; DEFAULT for none."""
    text = value.strip().strip("\"'")
    if not text:
        return DEFAULT
    return BY_NAME.get(setting["name"], READERS.get(setting["type"], plain))(text)


def shown(setting, text):
    """What the line says."""
    if setting["type"] == "host":
        return shown_address(text)
    if setting["name"] == "OLLAMA_DEBUG":
        return text
    return READERS.get(setting["type"], plain)(text)


def agrees(setting, value, text, default):
    """Whether the line says what was meant."""
    meant = given(setting, value)
    if meant is None:
        return False
    if meant == DEFAULT:
        return text == default
    seen = shown(setting, text)
    if setting["name"] == "OLLAMA_ORIGINS":  # Ollama adds its own
        return set(meant) <= set(seen)
    if setting["name"] == "OLLAMA_LOAD_TIMEOUT" and seen == 0:
        return meant == FOR_EVER
    return seen == meant
