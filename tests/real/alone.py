# SPDX-License-Identifier: MIT
"""A real Ollama alone: started with a few variables in a network of its own, heard, and ended.

A worker is a thread with its own, empty network, so that several servers have port 11434 at once
and nothing is reached outside. It needs root.
"""
import ctypes
import dataclasses
import http.client
import os
import pathlib
import queue
import resource
import select
import signal
import subprocess
import tempfile
import threading
import time

import log_line
import pairs

CLONE_NEWNET = 0x40000000
SPACE = 12 << 30  # bytes of address space, so that what is too large is so on every machine, and at once
PATIENCE = 20     # seconds for a server to start or to end
READY = 'msg="inference compute"'  # the last thing that it says before it answers


@dataclasses.dataclass
class Start:
    """What one start of a server showed."""

    config: dict       # of the line "server config"; None if that was not there
    listening: str     # the address; None
    ended: str         # its last words if it ended by itself, else ""
    home: str          # the scratch HOME it had


def own_network():
    """Gives this thread, and what it starts, a network of its own."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "cannot have a network of its own")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def limits():
    """In the child, before it becomes Ollama."""
    resource.setrlimit(resource.RLIMIT_AS, (SPACE, SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def answers(port=11434):
    """Whether something answers HTTP there."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/api/version")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def start_once(program, variables, home):
    """Starts it, waits until it is up or has ended, ends it."""
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(home), "GIN_MODE": "release",
           **{name: pairs.filled(value, str(home)) for name, value in variables.items()}}
    with subprocess.Popen([program, "serve"], env=env, cwd=home, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          start_new_session=True, preexec_fn=limits) as process:
        try:
            text, ended = listen(process, variables)
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
    return Start(log_line.server_config(text), log_line.listening(text),
                 log_line.last_words(text) if ended else "", str(home))


def listen(process, variables):
    """Its words until it is up, and whether it ended by itself."""
    text, deadline, pipe = b"", time.monotonic() + PATIENCE, process.stderr.fileno()
    silent_until = time.monotonic() + 1.5
    while time.monotonic() < deadline:
        if select.select([pipe], [], [], 0.1)[0]:
            words = os.read(pipe, 1 << 16)
            if not words:
                process.wait(PATIENCE)
                return text.decode(errors="replace"), True
            text += words
            if READY.encode() in text:
                return text.decode(errors="replace"), False
        elif time.monotonic() > silent_until and answers():
            return text.decode(errors="replace"), False
    raise TimeoutError(f"{variables}: neither up nor ended after {PATIENCE} s:\n"
                       f"{text.decode(errors='replace')[-2000:]}")


class Workers:
    """Starts servers side by side; each worker keeps its network and its HOME."""

    def __init__(self, count=2):
        self.count, self.stopping = count, threading.Event()

    def starts(self, program, sets):
        """A Start for each set of variables, in their order."""
        jobs, results, errors = queue.Queue(), [None] * len(sets), []
        for item in enumerate(sets):
            jobs.put(item)
        threads = [threading.Thread(target=self._work, args=(program, jobs, results, errors))
                   for _ in range(min(self.count, len(sets)))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]
        return results

    def _work(self, program, jobs, results, errors):
        """One worker: takes the next set until there is none."""
        try:
            own_network()
            with tempfile.TemporaryDirectory(prefix="ollama-real.") as home:
                (pathlib.Path(home) / "models").mkdir()
                while not errors and not self.stopping.is_set():
                    index, variables = jobs.get_nowait()
                    results[index] = start_once(program, variables, home)
        except queue.Empty:
            pass
        except Exception as error:  # pylint: disable=broad-except
            errors.append(error)
