# SPDX-License-Identifier: MIT
"""The man pages of docs/man: one a command, out of its --help and of what docs/ollama-gpu.1.md says of its
options; and two of files, out of that page, docs/reference/files.md and packaging/examples."""
import re

from program import ask, cell_free, commands, options, sections

NOTE = "<!-- Made by docs/generate from {}. Change it there. -->\n\n"
HAND = "docs/ollama-gpu.1.md"
GENERAL, LIKE_CONFIGURE = "GLOBAL OPTIONS", "OPTIONS OF CONFIGURE"
# Where docs/ollama-gpu.1.md describes the options of a command, the first that does; see also `entry_of`.
DESCRIBED = {"configure": [LIKE_CONFIGURE], "reset": ["OPTIONS OF RESET AND ROLLBACK", LIKE_CONFIGURE],
             "rollback": ["OPTIONS OF RESET AND ROLLBACK", LIKE_CONFIGURE],
             "doctor": ["OPTIONS OF DOCTOR", LIKE_CONFIGURE], "status": ["OPTIONS OF STATUS"],
             "show": ["OPTIONS OF SHOW"], "settings": ["OPTIONS OF SETTINGS"],
             "verify": ["OPTIONS OF VERIFY"], "wait": ["OPTIONS OF WAIT"]}
# Its sections that a command's page has as well.
TOPICS = {"configure": ["SELECTORS", "SEVERAL SERVERS", "THE GATE", "CONFIGURATION FILE", "EVIDENCE", "SECRETS", "FILES"],
          "reset": ["EVIDENCE", "UNDOING", "FILES"], "rollback": ["EVIDENCE", "UNDOING", "FILES"],
          "status": ["EVIDENCE"], "verify": ["EVIDENCE"], "wait": ["SELECTORS", "THE GATE"]}
# Exit codes that only some commands have; a change of the service has all.
RARE_CODES = {"7": (), "8": (), "9": ("verify",), "10": (), "11": ("verify", "status")}
# The options of configure that cannot stand in a file (src/cli/config_file.cpp).
OF_ONE_RUN = ("config", "dry-run", "check", "confirm", "no-verify", "no-rollback")
FILE_PAGES = ("ollama-gpu.toml(5)", "zz-ollama-gpu.conf(5)")


def name_of(command):
    return f"ollama-gpu-{command}"


def marked(text):
    """Text of the program for pandoc: no markup, and -- stays two hyphens."""
    return cell_free(text).replace("--", "\\--")


def head(name, section, title, summary, source):
    return (f"% {name.upper()}({section}) | {title}\n\n{NOTE.format(source)}"
            f"# NAME\n\n{name} - {summary}\n")


# --- docs/ollama-gpu.1.md

def parts_of(text, marks="# "):
    """{heading: what stands below it}."""
    pieces = re.split(rf"^{marks}(.*)$", text, flags=re.MULTILINE)
    return {heading: body.strip("\n") for heading, body in zip(pieces[1::2], pieces[2::2])}


def entries_of(body):
    """{option: entry} of a definition list, an entry that tells of two for both."""
    found = {}
    for entry in re.findall(r"^\*\*\\?-.*?\n:   .*?(?=\n\n\S|\Z)", body, re.MULTILINE | re.DOTALL):
        for option in re.findall(r"\*\*\\(--[a-z-]+)\*\*", entry.split("\n:   ", 1)[0]):
            found.setdefault(option, entry)
    return found


def entry_of(option, command, hand):
    for part in (*DESCRIBED.get(command, ()), GENERAL):
        found = entries_of(hand[part]).get(option)
        if found:
            return found
    raise SystemExit(f"{HAND} has no entry for {option} of {command}")


# --- a command

def option_part(command, named, hand):
    out, told = [], set()
    for heading, lines in named:
        if heading == "Examples":
            continue
        out.append(f"\n## {heading}\n")
        for _, name, _ in options(lines):
            entry = entry_of(re.match(r"--[a-z-]+", name)[0], command, hand)
            if entry not in told:
                out.append(f"\n{entry}\n")
            told.add(entry)
    return "".join(out)


def exit_part(command, named, hand):
    changes = any("--check" in line for _, lines in named for line in lines)
    rows = [row for row in hand["EXIT STATUS"].split("\n")
            if changes or command in RARE_CODES.get(row.split("|")[1].strip(), (command,))]
    return "\n".join(rows) + "\n"


def see_also(command, all_commands):
    others = [name_of(other) for other in all_commands if other != command]
    pages = ["ollama-gpu(1)", *(f"{other}(1)" for other in others), *FILE_PAGES]
    return ", ".join(re.sub(r"^(.*)(\(\d\))$", r"**\1**\2", page) for page in pages)


def command_page(tool, command, summary, hand):
    usage, description, named = sections(ask(tool, "help", command))
    page = name_of(command)
    out = [head(page, 1, "User Commands", marked(summary), f"`ollama-gpu help {command}` and {HAND}"),
           f"\n# SYNOPSIS\n\n**ollama-gpu {command}**"
           f"{marked(usage.removeprefix(f'ollama-gpu {command}'))}\n",
           f"\n# DESCRIPTION\n\n{marked(description)}\n\n"
           "What the program is, and what its commands have in common, is in **ollama-gpu**(1).\n",
           "\n# OPTIONS\n", option_part(command, named, hand)]
    out += [f"\n# {topic}\n\n{hand[topic]}\n" for topic in TOPICS.get(command, ())]
    out.append(f"\n# EXIT STATUS\n\n{exit_part(command, named, hand)}")
    for heading, lines in named:
        if heading == "Examples":
            out.append("\n# EXAMPLES\n\n" + "".join(f"    {line.strip()}\n" for line in lines))
    out.append(f"\n# SEE ALSO\n\n{see_also(command, commands(tool))}\n")
    return "".join(out)


# --- files

def key_of(name, names):
    """(key, what it takes) of an option of configure; nothing for the negative of another, and for --config."""
    key, optional, value = re.match(r"--([a-z-]+)(?:\[=(.*)\]| (.*))?$", name).groups()
    switch = "true or false" if f"--no-{key}" in names else "true"
    if key == "config" or key.startswith("no-") and f"--{key[3:]}" in names:
        return None
    forms = {"set": ("[set]", "a table: NAME = \"VALUE\" below it"), "unset": (key, "[\"NAME\", ...]")}
    return forms.get(key, (key, value or (f"{switch} or {optional}" if optional else switch)))


def toml_page(tool, hand, example):
    """/etc/ollama-gpu.toml, and every key: the options of configure without their dashes."""
    _, _, named = sections(ask(tool, "help", "configure"))
    entries = [entry for heading, lines in named if heading not in ("Examples", "Global options")
               for entry in options(lines)]
    names = {re.match("--[a-z-]+", name)[0] for _, name, _ in entries}
    rows = []
    for _, name, text in entries:
        key = key_of(name, names)
        if key and key[0] not in OF_ONE_RUN:
            rows.append(f"**{marked(key[0])}** = *{marked(key[1])}*\n:   {marked(text.strip())}\n"
                        .replace("** = *a table", "**, *a table"))
    indented = "".join(f"    {line}".rstrip() + "\n" for line in example.split("\n")
                       if "SPDX" not in line).rstrip()
    return (head("ollama-gpu.toml", 5, "File Formats", "settings of Ollama in a file, for ollama-gpu configure",
                 f"`ollama-gpu help configure`, {HAND} and packaging/examples/ollama-gpu.toml") +
            "\n# SYNOPSIS\n\n*/etc/ollama-gpu.toml*\n\n**ollama-gpu configure \\--config** *FILE*\n"
            f"\n# DESCRIPTION\n\n{hand['CONFIGURATION FILE']}\n"
            "\n# KEYS\n\nA value is a string; a number may stand without quotes. Where a key can be true, false is as "
            "its **no-** option, or as if it did not stand there. In detail each option is described in "
            "**ollama-gpu-configure**(1).\n\n" + "\n".join(rows) +
            f"\n# EXAMPLES\n\n{indented}\n"
            "\n# SEE ALSO\n\n**ollama-gpu-configure**(1), **zz-ollama-gpu.conf**(5), **systemd.service**(5)\n")


def plain_markdown(text):
    """A page of the web for a man page: no comments, no links, blocks indented, headings as man has them."""
    text = re.sub(r"<!--.*?-->\n*", "", text, flags=re.DOTALL)
    text = re.sub(r"^```\w*\n(.*?)^```$", lambda m: re.sub("^(?=.)", "    ", m[1], flags=re.MULTILINE),
                  text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"^## (.*)$", lambda m: "# " + m[1].upper(), text, flags=re.MULTILINE)


def files_page(text):
    body = plain_markdown(text.split("\n# Files\n", 1)[1])
    return (head("zz-ollama-gpu.conf", 5, "File Formats", "what ollama-gpu writes and reads, and where",
                 "docs/reference/files.md") +
            "\n# SYNOPSIS\n\n*/etc/systemd/system/NAME.d/zz-ollama-gpu.conf*\n\n*/var/lib/ollama-gpu/*\n" +
            body.rstrip("\n") + "\n\n# SEE ALSO\n\n**ollama-gpu**(1), **ollama-gpu-rollback**(1), "
            "**ollama-gpu.toml**(5), **systemd.unit**(5), **systemd.exec**(5)\n")


def pages(tool, root):
    """(file name, text) of each."""
    hand = parts_of((root / HAND).read_text(encoding="utf-8"))
    for command, summary in commands(tool).items():
        yield f"{name_of(command)}.1.md", command_page(tool, command, summary, hand)
    example = (root / "packaging/examples/ollama-gpu.toml").read_text(encoding="utf-8")
    yield "ollama-gpu.toml.5.md", toml_page(tool, hand, example)
    yield "zz-ollama-gpu.conf.5.md", files_page(
        (root / "docs/reference/files.md").read_text(encoding="utf-8"))
