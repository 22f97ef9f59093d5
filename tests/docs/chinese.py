# SPDX-License-Identifier: MIT
"""Holds the Chinese reference against the program: it names all of it, and nothing that is no more.

The pages are written by hand: docs/generate cannot translate. docs/zh-CN/reference/words.md has no
English twin: the words that it explains are English.
"""
import json
import re

from asking import ask
from pages import ROOT

REFERENCE = ROOT / "docs/zh-CN/reference"
SHORTEST = 4  # characters of a sentence that are looked for in the sources
FINDING = re.compile(r"^### (OG\d+)：(.+)\n\n\*(\w+)\*。(.+)\n\n((?!#|\|).+)$", re.MULTILINE)


def text_of(name):
    return (REFERENCE / name).read_text(encoding="utf-8")


def source(path):
    return (ROOT / path).read_text(encoding="utf-8")


def compared(name, what, wanted, found):
    """What is missing, and what is no more."""
    return ([f"zh-CN/reference/{name} lacks the {what} {word}" for word in wanted if word not in found] +
            [f"zh-CN/reference/{name} has the {what} {word}, which is no more" for word in found
             if word not in wanted])


def spans(cell):
    """What a cell has in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def rows(text):
    """The rows of all tables, without their headings, as lists of cells."""
    found, heading = [], True
    for line in text.split("\n"):
        if not line.startswith("|"):
            heading = True
        elif line.startswith("|--"):
            heading = False
        elif not heading:
            found.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
    return found


def section(text, title):
    """From a heading to the next one."""
    found = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    return found.group(1) if found else ""


# --- findings, exit codes, selectors

def findings(_all_pages, tool):
    """Every finding: code, title, severity, why and explanation, in the program's order."""
    name, text = "findings.md", text_of("findings.md")
    severities = dict(re.findall(r"^ +(OG\d+) +(\w+)", ask(tool, "help", "findings"), re.MULTILINE))
    entries = {code: severity for code, _, severity, _, _ in FINDING.findall(text)}
    problems = compared(name, "finding", severities, entries)
    problems += [f"zh-CN/reference/{name}: {code} is {severities[code]}, not {severity}"
                 for code, severity in entries.items() if severities.get(code, severity) != severity]
    headings = re.findall(r"^### (OG\d+)", text, re.MULTILINE)
    if not problems and headings != list(severities):
        problems.append(f"zh-CN/reference/{name} has another order, or an entry twice or without its parts")
    return problems


def exit_codes(_all_pages, tool):
    name, text = "exit-codes.md", ask(tool, "help", "exit-codes")
    found = rows(text_of(name).split("\n## ", maxsplit=1)[0])
    problems = compared(name, "exit code", re.findall(r"^ *(\d+(?:\+n)?)  ", text, re.MULTILINE),
                        [row[0] for row in found])
    kinds = text.split("\"error.code\":", 1)[1].replace(".", "").replace(",", " ").split()
    return problems + compared(name, "kind", kinds, [kind for row in found for kind in spans(row[2])])


def selectors(_all_pages, tool):
    name, wanted = "selectors.md", []
    for line in ask(tool, "help", "selectors").split("\n\n")[1].split("\n"):
        wanted += re.split(r" {2,}\b(?=[a-z]+ )", line.strip(), maxsplit=1)[0].split()
    return compared(name, "selector", wanted, [span for row in rows(text_of(name)) for span in spans(row[0])])


# --- settings

def settings_entries(text):
    """Name: all that the page says of it, in the section with its name and the rows that begin with it."""
    found = {name: section(text, name) for name in re.findall(r"^### (\S+)$", text, re.MULTILINE)}
    for row in rows(text):
        for name in spans(row[0]):
            if re.fullmatch(r"[A-Za-z_]+", name):
                found[name] = found.get(name, "") + " | ".join(row[1:])
    return found


def settings(_all_pages, tool):
    """Every setting, with its option, its default and its versions."""
    name = "settings.md"
    known = {s["name"]: s for s in json.loads(ask(tool, "settings", "--json"))["settings"]}
    entries = settings_entries(text_of(name))
    problems = compared(name, "setting", known, entries)
    for setting, said in entries.items():
        s = known.get(setting, {})
        wanted = [s.get("since", ""), s.get("until", "")]
        wanted += [f"`{s['option']}`"] if s.get("option") else []
        if s.get("group") in ("main", "server", "runtime") and s["default"] not in ("unset", "auto"):
            wanted += re.findall(r"^(\S+)(?: \(.*)?$", s["default"])
        problems += [f"zh-CN/reference/{name}: the entry of {setting} lacks {part}" for part in wanted
                     if part not in said]
    return problems


# --- the words that are printed

def quoted(text):
    """The string literals of C++, adjacent ones as one."""
    text = re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)
    text = re.sub(r'"\s*\n\s*"', "", text)
    return [word.replace('\\"', '"') for word in re.findall(r'"((?:[^"\\\n]|\\.)*)"', text)]


def names_in(path, pattern):
    return quoted(re.search(pattern, source(path), re.DOTALL).group(0))


def printed_names(tool):
    """Heading in words.md: what, and the names that its table must have."""
    evidence = "src/core/drop_in/evidence.cpp"
    states = names_in(evidence, r"name_of\(EvidenceStatus.*?\n}")
    found = {"计划里的步骤": names_in("include/ollama_gpu/core/drop_in/plan.hpp", r"kPlanActionNames = .*?};"),
             "变量前面的符号": quoted(" ".join(re.findall(r'return \{.*?"[-+~]"[^}]*',
                                                          source("src/presentation/text_brief.cpp")))),
             "rollback --list 的结果": names_in("include/ollama_gpu/ports/generation_result.hpp",
                                                r"kResultWords\{\{.*?\}\};"),
             "证据": names_in(evidence, r"name_of\(EvidenceLevel.*?\n}") +
                     ["FAILED" if state == "failed" else state for state in states],
             "表头": [word for page in ("gpus", "status", "verify", "generations") for word in
                      re.findall(r'\{"([A-Z][A-Z ]+)"', source(f"src/presentation/text_{page}.cpp"))]}
    found = {title: [word for word in dict.fromkeys(words) if word] for title, words in found.items()}
    found["doctor 的输出"] = list(dict.fromkeys(re.findall(r"^ +OG\d+ +(\w+)", ask(tool, "help", "findings"),
                                                          re.MULTILINE)))
    return found


def is_printed(part, literals):
    """In one literal; or its end is what fills the last "{}" of one."""
    return part in literals or any(f"{part[:at.end()]}{{" in literals and f"\n{part[at.end():]}" in literals
                                   for at in re.finditer(" ", part))


def words(_all_pages, tool):
    """Every name of a step, a level, a state, a result and a column; and only sentences that the sources have."""
    name, text = "words.md", text_of("words.md")
    problems = []
    for title, wanted in printed_names(tool).items():
        found = [span for row in rows(section(text, title)) for span in spans(row[0])]
        if title == "doctor 的输出":
            found = [word for word in found if re.fullmatch(r"[a-z]+", word)]
        problems += compared(name, f"word of “{title}”", wanted, found)
    files = [*sorted((ROOT / "src").rglob("*.cpp")), *sorted((ROOT / "include").rglob("*.hpp"))]
    literals = "\n" + "\n".join(word for file in files for word in quoted(file.read_text(encoding="utf-8")))
    for row in rows(text):
        for span in spans(row[0]):
            problems += [f"zh-CN/reference/{name}: “{span}” is not printed: {part!r} is in no source"
                         for part in map(str.strip, span.rstrip(":").split("…"))
                         if len(part) >= SHORTEST and not is_printed(part, literals)]
    return problems


CHECKS = (
    ("findings in Chinese", findings),
    ("exit codes in Chinese", exit_codes),
    ("selectors in Chinese", selectors),
    ("settings in Chinese", settings),
    ("printed words in Chinese", words),
)
