# SPDX-License-Identifier: MIT
"""The real Ollamas: named, built from their Go modules once, kept outside the tree."""
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess

import llama
from llama import Missing

MODULE = "github.com/ollama/ollama"
# Go leaves folders called vendor out of a module: before 0.30 three headers are missing for that
# reason. llama.cpp's source has them.
HEADERS = ("miniaudio/miniaudio.h", "stb/stb_image.h", "nlohmann/json.hpp")
VERSIONS = ("0.12.6", "0.20.0", "0.24.0", "0.30.5", "0.32.1", "0.34.4")


@dataclasses.dataclass
class Program:
    """A real Ollama, or why there is none."""

    version: str
    path: pathlib.Path = None
    missing: str = ""
    llama_server: pathlib.Path = None
    no_llama_server: str = ""  # why there is none
    named: bool = False  # by --versions: then its absence is a failure

    @property
    def needs_llama_server(self):
        """Before 0.30 it runs models by itself."""
        return number(self.version) >= (0, 30)


def number(version):
    """0.12.6 as (0, 12, 6), to compare."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def cache_folder(given):
    """Where the programs are kept from one run to the next."""
    if given:
        return pathlib.Path(given).resolve()
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(base) / "ollama-gpu" / "real"


def wanted_versions(text):
    """The versions of --versions, and whether it named them."""
    if not text:
        return VERSIONS, False
    if text == "newest":
        return VERSIONS[-1:], False
    return tuple(word.removeprefix("v") for word in re.split(r"[,\s]+", text) if word), True


def headers(cache, say):
    """The folder of the headers that the module lacks; fetches them if they are not in the cache."""
    folder = cache / "headers"
    if not all((folder / name).exists() for name in HEADERS):
        llama.unpack("vendor/", folder, (".h", ".hpp"), say)
    return folder


def installed(version, cache, say):
    """The path of that version's program; builds it if it is not in the cache."""
    path = cache / version / "ollama"
    if path.exists():
        return path
    if not shutil.which("go"):
        raise Missing("no Go")
    partial = path.parent / "partial"
    env = dict(os.environ, GOBIN=str(partial), GOFLAGS="-p=2")
    if number(version) < (0, 30):
        env["CGO_CPPFLAGS"] = f"-I{headers(cache, say)}"
    say(f"building Ollama {version} (a minute and a half; before 0.30 five)")
    partial.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["go", "install", "-ldflags", f"-X {MODULE}/version.Version={version}",
         f"{MODULE}@v{version}"],
        env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        shutil.rmtree(path.parent)
        lines = [line for line in done.stderr.splitlines() if "downloading" not in line]
        raise Missing(f"go install failed: {' | '.join(lines[-3:]) or done.returncode}")
    (partial / "ollama").rename(path)
    shutil.rmtree(partial, ignore_errors=True)
    return path


def version_of(path):
    """What a program calls itself."""
    env = dict(os.environ, OLLAMA_HOST="127.0.0.1:9")  # where no server is
    done = subprocess.run([path, "--version"], env=env, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=20, check=False)
    found = re.search(r"version (?:is )?v?(\d+\.\d+\.\d+\S*)", done.stdout + done.stderr)
    if not found:
        raise Missing(f"{path} --version does not say one")
    return found.group(1)


def give_llama_server(program, where, cache, say):
    """The one that is named, the one beside it in the cache, or the one that fits, built once."""
    if not program.needs_llama_server or not program.path:
        return
    beside = program.path.parent / "llama-server"
    if where not in ("build", "cache"):
        program.llama_server = pathlib.Path(where).resolve()
    elif beside.exists():
        program.llama_server = beside
    elif number(program.version)[:2] != number(VERSIONS[-1])[:2]:
        program.no_llama_server = f"llama.cpp's source is that of {VERSIONS[-1]}"
    else:
        try:
            program.llama_server = llama.server(cache, where == "build", say)
        except Missing as missing:
            program.no_llama_server = str(missing)


def gather(options, say):
    """The programs to try: those of --ollama, and those of --versions or the usual ones."""
    cache, programs = cache_folder(options.cache), []
    for given in options.ollama:
        path = pathlib.Path(given).resolve()
        programs.append(Program(version_of(path), path, named=True))
    if options.versions or not options.ollama:
        versions, named = wanted_versions(options.versions)
        programs += [fetched(Program(version, named=named), cache, say) for version in versions]
    for program in programs:
        give_llama_server(program, options.llama_server, cache, say)
    return programs


def fetched(program, cache, say):
    """The same, with its path, or with why it has none."""
    try:
        program.path = installed(program.version, cache, say)
    except Missing as missing:
        program.missing = str(missing)
    return program
