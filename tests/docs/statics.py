# SPDX-License-Identifier: MIT
"""What can be held against the program without a sandbox. A check gives a list of problems."""
import json
import re
import subprocess
import unicodedata

import chinese
import compare
import machines
from asking import ask
from pages import ROOT, Page

DOCS = ROOT / "docs"
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
OPTION = re.compile(r"--[a-z][a-z-]+")
FOREIGN_NAMES = {"OLLAMA_BASE_URL", "OLLAMA_BASE_URLS"}  # Open WebUI's


def outside_blocks(page):
    """The page's lines, with the lines of fenced blocks empty."""
    inside, lines = False, []
    for line in page.lines:
        if line.startswith("```"):
            inside = not inside
            line = ""
        lines.append("" if inside else line)
    return lines


# --- links

def anchor_of(heading):
    """The fragment that GitHub gives a heading."""
    text = re.sub(r"`|\*|\[([^\]]*)\]\([^)]*\)", lambda m: m.group(1) or "", heading.strip()).lower()
    kept = (c for c in text if c in " -_" or unicodedata.category(c)[0] in "LN")
    return "".join(kept).replace(" ", "-")


def anchors(page):
    found = set()
    for line in outside_blocks(page):
        heading = re.match(r"#+ +(.*)", line)
        if heading:
            found.add(anchor_of(heading.group(1)))
    return found


def links(all_pages, _tool):
    known = {page.path.resolve(): page for page in all_pages}
    problems = []
    for page in all_pages:
        for number, line in enumerate(outside_blocks(page), 1):
            for target in LINK.findall(line):
                if not re.match(r"[a-z]+:", target):
                    problems += link_problem(page, number, target, known)
    return problems


def link_problem(page, number, target, known):
    path, _, fragment = target.partition("#")
    file = (page.path.parent / path).resolve() if path else page.path.resolve()
    where = f"{page.name}:{number}: {target}"
    if not file.exists():
        return [f"{where} leads nowhere"]
    if fragment and file in known and fragment not in anchors(known[file]):
        return [f"{where}: there is no such heading"]
    return []


def all_linked(all_pages, _tool):
    """From the index every page is reached, and from the Chinese one the Chinese pages."""
    known = {page.path.resolve(): page for page in all_pages}
    reached, todo = set(), [(DOCS / "README.md").resolve()]
    while todo:
        file = todo.pop()
        if file in reached or file not in known:
            continue
        reached.add(file)
        for line in outside_blocks(known[file]):
            for target in LINK.findall(line):
                todo.append((file.parent / target.partition("#")[0]).resolve())
    return [f"{page.name} is linked from nowhere" for page in all_pages
            if page.path.resolve() not in reached and page.path.parent != ROOT]


# --- the program

def commands(tool):
    text = ask(tool, "--help")
    section = text.split("\nCommands\n", 1)[1].split("\n\n", 1)[0]
    return re.findall(r"^  ([a-z]+)", section, re.MULTILINE)


def printed_options(tool, *words):
    found = set()
    for line in ask(tool, *words).splitlines():
        if re.match(r" {2}(-\w, | {4})--", line):
            found.update(re.findall(r"--[a-z-]+|(?<=^ {2})-\w", line[:31]))
    return found


def options_of_help(tool):
    return printed_options(tool, "--help").union(*(printed_options(tool, "help", name)
                                                   for name in commands(tool)))


def described_options(path):
    """The options that have an entry in a man page."""
    text, found = path.read_text(encoding="utf-8"), set()
    for line in re.findall(r"^\*\*.*?(?=\n(?::|\n))", text, re.MULTILINE | re.DOTALL):
        found.update(re.findall(r"\*\*\\(--[a-z-]+)\*\*", line))
        found.update(re.findall(r"\*\*(-[a-z])\*\*", line))
    return found


def man_page_options(_all_pages, tool):
    """Every option of --help has its entry in the man page, and the other way round; so for each command."""
    pairs = [(DOCS / "ollama-gpu.1.md", options_of_help(tool))]
    pairs += [(DOCS / f"man/ollama-gpu-{name}.1.md", printed_options(tool, "help", name))
              for name in commands(tool)]
    problems = []
    for path, printed in pairs:
        described = described_options(path)
        problems += [f"{o} is in --help and has no entry in {path.name}" for o in sorted(printed - described)]
        problems += [f"{o} has an entry in {path.name} and is not in --help"
                     for o in sorted(described - printed)]
    return problems


def man_pages_are_clean(_all_pages, tool):
    """groff has nothing to say of any man page that was built, and each names itself."""
    sources = [path.name.removesuffix(".md") for path in (*DOCS.glob("*.[1-8].md"), *DOCS.glob("man/*.md"))]
    problems = [] if len(sources) > 2 else ["there are no man pages"]
    for name in sources:
        page = tool.parent / name
        if not page.exists():
            problems.append(f"{page} was not built: is pandoc there?")
            continue
        said = subprocess.run(["groff", "-t", "-man", "-Tutf8", "-ww", "-z", page], capture_output=True, text=True,
                              check=False)
        if said.returncode != 0 or said.stderr:
            problems.append(f"groff says of {name}: {said.stderr}")
        stem, section = name.rsplit(".", 1)
        if f'.TH "{stem.upper()}" "{section}"' not in page.read_text(encoding="utf-8").replace("\\", ""):
            problems.append(f"{name} has another title")
    return problems


def examples(tool):
    """The command lines that the man page and the help of the commands give as examples."""
    texts = [(DOCS / "ollama-gpu.1.md").read_text(encoding="utf-8").replace("\n    ", "\n  ")]
    texts += [ask(tool, "help", name) for name in commands(tool)]
    found = []
    for text in texts:
        found += re.findall(r"^  ((?:sudo )?ollama-gpu .*)$", text, re.MULTILINE)
    return list(dict.fromkeys(found))


def man_page_commands(_all_pages, tool):
    text = (DOCS / "ollama-gpu.1.md").read_text(encoding="utf-8")
    return [f"{name} has no entry in the man page" for name in commands(tool)
            if not re.search(rf"^\*\*{name}\*\*", text, re.MULTILINE)]


def known_options(all_pages, tool):
    """No page speaks of an option that the program does not have."""
    known = options_of_help(tool)
    problems = []
    for page in all_pages:
        if page.path.parent == DOCS and page.path.name != "README.md":
            continue
        for number, line in enumerate(outside_blocks(page), 1):
            for span in re.findall(r"`(--[^`]*|ollama-gpu [^`]*)`", line):
                problems += [f"{page.name}:{number}: there is no {option}"
                             for option in OPTION.findall(span) if option not in known]
    return problems


def known_names(all_pages, tool):
    """No page speaks of a finding or a variable that the program does not know."""
    codes = set(re.findall(r"^ +(OG\d+)", ask(tool, "help", "findings"), re.MULTILINE))
    known = codes | FOREIGN_NAMES | {s["name"] for s in json.loads(ask(tool, "settings", "--json"))
                                     ["settings"]}
    pattern = re.compile(r"\b(?:OG\d{3}|(?:OLLAMA|CUDA|ROCR|HIP|GGML|LLAMA_ARG|HSA)_[A-Z_]+)\b")
    return [f"{page.name}:{number}: {name} is not known"
            for page in all_pages for number, line in enumerate(page.lines, 1)
            for name in pattern.findall(line) if name not in known]


def has_headings(name, wanted):
    found = anchors(Page(DOCS / "reference" / name))
    return [f"docs/reference/{name} has no entry for {word}" for word in wanted
            if anchor_of(word) not in found]


def entries(_all_pages, tool):
    """Every finding, setting and command has its entry in the reference."""
    codes = re.findall(r"^ +(OG\d+)", ask(tool, "help", "findings"), re.MULTILINE)
    settings = [s["name"] for s in json.loads(ask(tool, "settings", "--json"))["settings"]]
    text = (DOCS / "reference/findings.md").read_text(encoding="utf-8")
    missing = [f"docs/reference/findings.md has no entry for {code}" for code in codes
               if not re.search(rf"^### {code}\b", text, re.MULTILINE)]
    return missing + has_headings("settings.md", settings) + has_headings("commands.md",
                                                                         commands(tool))


def generated(_all_pages, tool):
    """The committed reference pages and the picture are what their scripts make today."""
    problems = []
    for words in (["docs/generate", "--check", "--bin", str(tool.parent)],
                  ["docs/picture", "--check"]):
        done = subprocess.run(["python3", *words], cwd=ROOT, capture_output=True, text=True,
                              timeout=60, check=False)
        if done.returncode != 0:
            problems.append(f"{' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return problems


# --- the pages themselves

def markup(all_pages, _tool):
    problems = [problem for page in all_pages for problem in page.problems]
    for page in all_pages:
        if page.runs and page.machine not in machines.MACHINES:
            problems.append(f"{page.name}: \"machine: {page.machine}\" is none of "
                            f"{', '.join(machines.MACHINES)}")
    return problems


def steps_of(page):
    """All that a page does to the machine, and shows to be typed."""
    return [(step.kind, step.text, step.argument if step.kind != "not run" else "",
             [command.line for command in step.commands]) for step in page.steps]


def translations(all_pages, _tool):
    """A Chinese page stands for each page but the reference (see chinese.py), with the same blocks."""
    known = {page.path: page for page in all_pages}
    pairs = [(ROOT / "README.md", ROOT / "README.zh-CN.md")]
    for kind in ("tutorial", "how-to", "explanation"):
        pairs += [(path, DOCS / "zh-CN" / kind / path.name) for path in (DOCS / kind).glob("*.md")]
    problems = []
    for english, chinese in pairs:
        if chinese not in known:
            problems.append(f"{known[english].name} has no translation {chinese.relative_to(ROOT)}")
        elif (known[english].machine, steps_of(known[english])) != (known[chinese].machine,
                                                                    steps_of(known[chinese])):
            problems.append(f"{known[chinese].name} has other blocks than {known[english].name}")
    return problems


def comparison(_all_pages, _tool):
    """The comparison itself: what it passes over, and that it sees a difference."""
    cases = ((["pid 12, x"], ["pid 345, x"], True), (["a", "...", "d"], ["a", "b", "c", "d"], True),
             (["a", "...", "d"], ["a", "b", "e"], False), (["a"], ["a", "b"], False), ([], [""], False),
             (["  ok  file"], ["  FAILED  file"], False), (["...", "d"], ["d"], True))
    problems = [f"{shown} and {printed}: same is not {wanted}" for shown, printed, wanted in cases
                if compare.same(shown, printed) != wanted]
    shown, printed = ["a", "...", "done, 1", "...", "z"], ["a", "b", "c", "done, 2", "d", "z"]
    if compare.updated(shown, printed) != ["a", "...", "done, 2", "...", "z"]:
        problems.append("an update does not leave out what the page leaves out")
    if compare.shown_on_terminal("at work, 1 s\r\x1b[Kdone\r\n") != ["done"]:
        problems.append("what is drawn over on a terminal is not left out")
    return problems


CHECKS = (
    ("comparison", comparison),
    ("markup of the pages", markup),
    ("links", links),
    ("every page is linked", all_linked),
    ("options in the man pages", man_page_options),
    ("man pages", man_pages_are_clean),
    ("commands in the man page", man_page_commands),
    ("options that pages name", known_options),
    ("findings and variables that pages name", known_names),
    ("entries of the reference", entries),
    ("generated files", generated),
    ("translations", translations),
    *chinese.CHECKS,
)
