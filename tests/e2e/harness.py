#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What the end-to-end tests stand on: a sandbox with a real systemd, looked at from outside.

A test is a function `test_...(box)` with a docstring that says what it shows. It gets a sandbox in
a known state: the unit as Ollama's installer writes it (with OLLAMA_HOST and OLLAMA_ORIGINS set),
running, nothing of ours on it. It fails by raising Failure, usually through `equal`, `expect` or
`matches`.
"""
import base64
import json
import pathlib
import re
import shlex
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SANDBOX = ROOT / "tests/support/sandbox"
SCHEMA = ROOT / "docs/schema.json"
TOOL = "/usr/local/bin/ollama-gpu"
UNIT = "ollama.service"
ETC = "/etc/systemd/system"
FRAGMENT = f"{ETC}/ollama.service"
DROP_IN_DIR = f"{ETC}/ollama.service.d"
DROP_IN = f"{DROP_IN_DIR}/zz-ollama-gpu.conf"
STATE_DIR = "/var/lib/ollama-gpu"
# The stand-in's models, but for their context: sizes do not depend on settings.
MODELS = "models=llama3.3:70b:42520413916,qwen3:32b:20201253088,llama3.2:3b:2019393189\n"
STARTS = "/run/ollama-standin/starts"  # how often the stand-in was started
FAST = ("--settle=0", "--timeout=20")
MAIN = ("configure", "--gpus", "all", "--spread", "--keep-alive", *FAST)
WANTED = {
    "CUDA_VISIBLE_DEVICES": "0,1,2,3",
    "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
    "OLLAMA_SCHED_SPREAD": "1",
    "OLLAMA_KEEP_ALIVE": "-1",
}
GPU_UUIDS = (
    "GPU-3b1ae1f2-7c40-4d1e-9a55-0c8f6e2d1a01",
    "GPU-58a8c7d0-2f19-4b6a-8e33-51d7b90a4c02",
    "GPU-58b2f946-e05d-4c87-b1a4-9e6031c7dd03",
    "GPU-c94d03ab-6a72-4f58-92ce-e7185fb63904",
)


class Failure(AssertionError):
    """What a test shows does not hold."""


class Skip(Exception):
    """This test cannot run here; the reason is counted and shown."""


def expect(condition, message):
    if not condition:
        raise Failure(message)


def equal(got, want, what):
    expect(got == want, f"{what}: got {got!r}, want {want!r}")


def matches(pattern, text, what):
    expect(re.search(pattern, text, re.IGNORECASE | re.MULTILINE),
           f"{what}: nothing matches /{pattern}/ in:\n{text}")


def lacks(pattern, text, what):
    found = re.search(pattern, text, re.IGNORECASE | re.MULTILINE)
    expect(not found, f"{what}: /{pattern}/ must not be in:\n{text}")


def readonly(test):
    """Marks a test that must leave everything as it is; the driver checks that it does."""
    test.readonly = True
    return test


def slow(test):
    """Marks a test that waits for seconds: the driver starts those first."""
    test.slow = True
    return test


def thorough(test):
    """Marks a test that takes long and shows what a shorter one samples: only with --full."""
    test.thorough = test.slow = True
    return test


class Result:
    """One finished command in the sandbox."""

    def __init__(self, argv, rc, out, err, seconds):
        self.argv, self.rc, self.out_bytes, self.err_bytes = argv, rc, out, err
        self.out = out.decode("utf-8", "replace")
        self.err = err.decode("utf-8", "replace")
        self.seconds = seconds
        self.json = None

    @property
    def text(self):
        return self.out + self.err

    def exits(self, *codes):
        expect(self.rc in codes, f"{show_argv(self.argv)}: exit {self.rc}, want "
                                 f"{' or '.join(map(str, codes))}\n{self.text}")
        return self

    def evidence(self):
        return {entry["level"]: entry["status"] for entry in self.json["evidence"]}

    def steps(self):
        return [step["step"] for step in self.json["plan"]]

    def plan_text(self):
        return "\n".join(f"{s['step']} {s.get('path', '')} {s.get('reason', '')}"
                         for s in self.json["plan"])


def needs_python(box):
    """The tests' own programs in the sandbox are Python."""
    if box.run("which", "python3").rc != 0:
        raise Skip("there is no python3")


def show_argv(argv):
    return " ".join(map(show_word, argv))


def show_word(word):
    """A word as a shell takes it; bytes and control characters as Python writes them."""
    text = str(word)
    return text if text.isprintable() and shlex.quote(text) == text else shlex.quote(text)


class Snapshot:
    """The service and the files around it at one moment, as systemd, /proc and stat(1) show."""

    def __init__(self, props, environment, unset, process, files, reloads, state_files):
        self.props = props
        self.environment_list = environment
        self.environment = dict(word.split("=", 1) for word in environment)
        self.unset = unset
        self.process = process
        self.files = files
        self.reloads = reloads
        self.state_files = state_files

    invocation = property(lambda self: self.props["InvocationID"])
    pid = property(lambda self: int(self.props["MainPID"]))
    active = property(lambda self: self.props["ActiveState"])
    drop_ins = property(lambda self: self.props["DropInPaths"].split())

    def file(self, path):
        expect(path in self.files, f"there is no {path}")
        return self.files[path]

    def env_of_process(self):
        expect(self.process is not None, "the service has no process")
        return self.process


PROPS = ("Id", "LoadState", "ActiveState", "SubState", "MainPID", "InvocationID", "NRestarts",
         "FragmentPath", "DropInPaths", "NeedDaemonReload", "Result", "UnitFileState")

# Prints, in sections: properties, D-Bus values, the process's environment, files with their hashes.
SNAPSHOT_SCRIPT = r"""
unit=$1 object=$2
systemctl show "$unit" --property="$3"
echo "--- bus"
busctl --json=short get-property org.freedesktop.systemd1 "$object" \
  org.freedesktop.systemd1.Service Environment UnsetEnvironment
echo "--- process"
pid=$(systemctl show "$unit" --property=MainPID --value)
[ "$pid" = 0 ] || base64 -w0 "/proc/$pid/environ"
echo
echo "--- reloads"
busctl get-property org.freedesktop.systemd1 /org/freedesktop/systemd1 \
  org.freedesktop.systemd1.Manager UnitsLoadTimestampMonotonic
echo "--- files"
list='%y\t%m\t%U:%G\t%s\t%T@\t%i\t%l\t%p\n'
find /etc/systemd /run/systemd/system /run/systemd/system.control \
  /usr/lib/systemd/system/ollama* -printf "$list" 2> /dev/null
echo "--- hashes"
find /etc/systemd /usr/lib/systemd/system/ollama* -type f -exec sha256sum {} + 2> /dev/null
echo "--- state"
find /var/lib/ollama-gpu -printf "$list" 2> /dev/null
exit 0
"""

# Back to the state that every test starts from.
RESET_SCRIPT = r"""
for pid in $(pidof ollama-gpu); do kill -KILL "$pid"; done
extra=$(systemctl list-units --all --plain --no-legend --no-pager 'e2e-*' 'ollama@*' 'ollama-*' |
  awk '$1 !~ /\.mount$/ {print $1}')  # e2e-amd-fs-cgroup.mount is /sys/fs/cgroup as well
find /etc/systemd/system -mindepth 1 -delete
cp -a /e2e/etc-systemd-system/. /etc/systemd/system/
rm -rf /etc/systemd/system.control /run/systemd/system.control /run/systemd/system \
  /{etc,run}/systemd/system-generators /usr/lib/systemd/system/{ollama*,e2e-*,service.d} \
  /usr/local/lib/systemd /var/lib/ollama-gpu /run/e2e /e2e/scratch /mnt/image \
  /run/ollama-standin/*
cp -p /e2e/nvml-standin.conf /etc/nvml-standin.conf
cp -p /e2e/ollama-standin.conf /etc/
rm -rf /etc/ollama-gpu.toml /usr/bin/ollama-gpu /etc/ollama-gpu
cp -p /e2e/ollama /usr/local/bin/ollama.new && mv -f /usr/local/bin/ollama.new /usr/local/bin/ollama
mkdir -p /run/systemd/system /run/e2e /e2e/scratch
systemctl kill --signal=KILL ollama.service $extra 2> /dev/null
systemctl daemon-reload
[ -z "$extra" ] || { systemctl stop $extra; systemctl reset-failed $extra; } 2> /dev/null
systemctl reset-failed ollama.service
systemctl restart ollama.service || exit 1
for _ in $(seq 100); do
  curl -s --noproxy '*' --max-time 2 http://127.0.0.1:11434/api/version > /dev/null && exit 0
  sleep 0.03
done
{
  echo "Ollama does not answer after a reset"
  systemctl --no-pager --full status ollama.service
  systemctl list-units --all --plain --no-legend --no-pager '*ollama*'
  ss -ltnp
  journalctl --no-pager --quiet --output=short-precise --lines=20
} >&2
exit 1
"""


def bus_path(unit):
    return "/org/freedesktop/systemd1/unit/" + "".join(
        c if re.fullmatch("[A-Za-z0-9]" if i else "[A-Za-z]", c) else f"_{ord(c):02x}"
        for i, c in enumerate(unit))


class Sandbox:
    """A throwaway machine with systemd as PID 1, made and entered through tests/support/sandbox."""

    def __init__(self, rootfs, tool, owner, env, ready=False):
        """`ready`: Ollama and its unit are in the root file system already."""
        self.env, self.log, self.owner, self.tool_on_host = env, [], owner, tool
        argv = [str(SANDBOX), "up", "--owner", str(owner)]
        self.name = self.host(argv + (["--rootfs", rootfs] if rootfs else [])).strip()
        if not ready:
            self.host([str(SANDBOX), "ollama", self.name, "--with-host"])
        self.host([str(SANDBOX), "put", self.name, str(tool), TOOL, "755"])
        self.sh("mkdir -p /e2e && cp -a /etc/systemd/system /e2e/etc-systemd-system && "
                "cp -p /etc/nvml-standin.conf /usr/local/bin/ollama /e2e/")
        self.write("/e2e/ollama-standin.conf", MODELS)
        for name, script in (("snapshot", SNAPSHOT_SCRIPT), ("reset", RESET_SCRIPT)):
            self.write(f"/e2e/{name}", script)
        self.dirty, self.background = True, []

    def host(self, argv, stdin=b"", timeout=120):
        """Runs a command on the machine below; gives what it prints."""
        done = subprocess.run(argv, env=self.env, input=stdin, capture_output=True, timeout=timeout,
                              check=False, start_new_session=True)
        if done.returncode != 0:
            raise RuntimeError(f"{show_argv(argv)}: exit {done.returncode}\n"
                               f"{(done.stdout + done.stderr).decode(errors='replace')}")
        return done.stdout.decode()

    def reboot(self):
        """Shuts it down and boots it again; what was written to its disk stays."""
        self.dirty = True
        self.host([str(SANDBOX), "reboot", self.name])

    def down(self):
        subprocess.run([str(SANDBOX), "down", self.name], env=self.env, capture_output=True,
                       stdin=subprocess.DEVNULL, timeout=60, check=False, start_new_session=True)

    # --- commands

    def argv(self, words):
        return [str(SANDBOX), "run", self.name, *words]

    def run(self, *words, stdin=b"", timeout=45):
        """Runs a command in the sandbox as root."""
        start = time.monotonic()
        with subprocess.Popen(self.argv(words), env=self.env, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              start_new_session=True) as process:
            try:
                out, err = process.communicate(stdin, timeout)
            except subprocess.TimeoutExpired:
                self._end_tool()
                process.kill()
                out, err = process.communicate()
                self.note(Result(words, -1, out, err, timeout))
                raise Failure(f"{show_argv(words)}: still running after {timeout} s") from None
        seconds = time.monotonic() - start
        return self.note(Result(words, process.returncode, out, err, seconds))

    def sh(self, script, *args, check=True, timeout=45):
        """Runs a shell script in the sandbox; gives what it prints."""
        result = self.run("bash", "-c", script, "sh", *args, timeout=timeout)
        expect(not check or result.rc == 0,
               f"the test's own script failed ({result.rc}): {script}\n{result.text}")
        return result.out

    def tool(self, *args, timeout=45):
        return self.run(TOOL, *args, timeout=timeout)

    def json(self, *args, timeout=45):
        """Runs the tool with --json: one object that fits the schema and the exit code."""
        result = self.tool(*args, "--json", timeout=timeout)
        result.json = parse_json(result, command_of(args))
        return result

    def start(self, *args):
        """Starts the tool in the background."""
        started = Background(self, args)
        self.background.append(started)
        return started

    def _end_tool(self):
        subprocess.run(self.argv(["sh", "-c", "kill -KILL $(pidof ollama-gpu)"]), env=self.env,
                       check=False, stdin=subprocess.DEVNULL, capture_output=True)

    def note(self, result):
        self.log.append(result)
        return result

    # --- files

    def write(self, path, content, mode="644"):
        data = content.encode() if isinstance(content, str) else content
        script = 'mkdir -p "$(dirname "$1")" && cat > "$1" && chmod "$2" "$1"'
        result = self.run("sh", "-c", script, "sh", path, mode, stdin=data)
        expect(result.rc == 0, f"cannot write {path}: {result.err}")

    def read(self, path):
        result = self.run("cat", path)
        expect(result.rc == 0, f"cannot read {path}: {result.err}")
        return result.out_bytes

    def exists(self, path):
        return self.run("test", "-e", path).rc == 0

    def append(self, path, text):
        self.write(path, self.read(path) + text.encode())

    def put_support(self, name):
        """One of the test doubles, as /e2e/NAME."""
        folder = pathlib.Path(self.env["OLLAMA_GPU_SUPPORT_BIN"])
        self.host([str(SANDBOX), "put", self.name, str(folder / name), f"/e2e/{name}", "755"])

    # --- the service

    def reload(self):
        self.sh("systemctl daemon-reload")

    def restart(self, unit=UNIT):
        self.sh("systemctl daemon-reload && systemctl restart \"$1\"", unit)
        self.wait_for_answer()

    def wait_for_answer(self, port=11434):
        self.sh("for _ in $(seq 100); do curl -s --noproxy '*' --max-time 2 "
                "http://127.0.0.1:$1/api/version && exit 0; sleep 0.03; done; exit 1", str(port))

    def standin(self, **words):
        """What the stand-in for Ollama does from its next start on; no words: nothing special."""
        lines = "".join(f"{key}={value}\n" for key, value in words.items())
        self.write("/etc/ollama-standin.conf", lines if "models" in words else MODELS + lines)

    def snapshot(self, unit=UNIT):
        # Before exec the process still has PID 1's environment, without this invocation's id.
        for _ in range(100):
            snapshot = self._snapshot_once(unit)
            process = snapshot.process
            if process is None or process.get("INVOCATION_ID") == snapshot.invocation:
                return snapshot
            time.sleep(0.02)
        raise Failure(f"the process of {unit} never had its INVOCATION_ID")

    def _snapshot_once(self, unit):
        result = self.run("bash", "/e2e/snapshot", unit, bus_path(unit), ",".join(PROPS))
        self.log.pop()
        text, sections = result.out, {}
        head, *rest = re.split(r"^--- (\w+)\n", text, flags=re.MULTILINE)
        for name, body in zip(rest[::2], rest[1::2]):
            sections[name] = body
        # Not splitlines(): names and values may have other ends of lines in them.
        props = dict(line.split("=", 1) for line in head.split("\n") if "=" in line)
        bus = [json.loads(line)["data"] for line in sections["bus"].split("\n") if line] + [[], []]
        return Snapshot(props, bus[0], bus[1], parse_environ(sections["process"]),
                        parse_files(sections["files"], sections["hashes"]),
                        sections["reloads"].strip(), parse_files(sections["state"], ""))

    def journal(self, unit=UNIT):
        return self.sh("journalctl --no-pager --quiet --output=cat --unit \"$1\"", unit)

    # --- between tests

    def reset(self):
        for started in self.background:
            started.abandon()
        self.background = []
        result = self.run("bash", "/e2e/reset")
        self.log = []
        if result.rc != 0:
            raise RuntimeError(f"reset of {self.name} failed:\n{result.text}")
        self.dirty = False


class Background:
    """The tool at work in the background of a test."""

    count = 0

    def __init__(self, box, args):
        Background.count += 1
        self.box, self.args = box, args
        self.pid_file = f"/run/e2e/tool.{Background.count}.pid"
        # A shell that puts the tests in the background has them, and so the tool, ignore SIGQUIT.
        script = ('echo $$ > "$1.new" && mv "$1.new" "$1" && shift && '
                  'exec env --default-signal "$@"')
        self.begun = time.monotonic()
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            box.argv(["sh", "-c", script, "sh", self.pid_file, TOOL, *args]), env=box.env,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True)
        self.pid = int(box.sh('until [ -s "$1" ]; do sleep 0.01; done; cat "$1"', self.pid_file))

    def signal(self, name):
        self.box.sh('kill -s "$1" "$2"', name, str(self.pid))

    def running(self):
        return self.process.poll() is None

    def wait(self, timeout=60):
        try:
            out, err = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.abandon()
            raise Failure(f"{show_argv(self.args)}: still running after {timeout} s") from None
        seconds = time.monotonic() - self.begun
        return self.box.note(Result((TOOL, *self.args), self.process.returncode, out, err, seconds))

    def abandon(self):
        if self.running():
            self.box.run("sh", "-c", 'grep -E "State|Sig" "/proc/$1/status"; '
                         'cat "/proc/$1/syscall"; systemctl list-jobs; '
                         "systemctl status ollama.service", "sh", str(self.pid))
            self.box.run("kill", "-KILL", str(self.pid))
            self.process.kill()
            self.process.communicate()


def parse_environ(text):
    raw = base64.b64decode(text.strip())
    if not raw:
        return None
    words = raw.decode("utf-8", "surrogateescape").split("\0")
    return dict(word.split("=", 1) for word in words if "=" in word)


def parse_files(listing, hashes):
    digests = {line[66:]: line[:64] for line in hashes.split("\n")}
    files = {}
    for line in filter(None, listing.split("\n")):
        kind, mode, owner, size, mtime, inode, link, path = line.split("\t", 7)
        files[path] = {"type": kind, "mode": mode, "owner": owner, "size": size, "mtime": mtime,
                       "inode": inode, "link": link, "sha256": digests.get(path, "")}
    return files


def changed_files(before, after):
    """The paths that are not exactly as before: content, metadata, inode."""
    paths = set(before.files) | set(after.files)
    return sorted(p for p in paths if before.files.get(p) != after.files.get(p))


def nothing_changed(before, after):
    equal(changed_files(before, after), [], "files that changed")
    equal(after.invocation, before.invocation, "InvocationID")
    equal(after.reloads, before.reloads, "time of systemd's last reload")
    equal(after.environment_list, before.environment_list, "systemd's Environment")


def has_settings(snapshot, wanted):
    """systemd's Environment and the process both have them."""
    for name, value in wanted.items():
        equal(snapshot.environment.get(name), value, f"{name} in systemd's Environment")
        equal(snapshot.env_of_process().get(name), value, f"{name} in the process")


def configured(box):
    """The main command has been run and holds; gives what is there then."""
    box.tool(*MAIN).exits(0)
    snapshot = box.snapshot()
    has_settings(snapshot, WANTED)
    return snapshot


def has_no(snapshot, *names):
    for name in names:
        expect(name not in snapshot.environment, f"{name} is in systemd's Environment")
        expect(name not in snapshot.env_of_process(), f"{name} is in the process")


def command_of(args):
    """The first word that is neither an option nor the value of a global one."""
    words = iter(args)
    for word in words:
        if word in ("--unit", "--root", "--color"):
            next(words, None)
        elif not word.startswith("-"):
            return word
    return None


def parse_json(result, command):
    """The one object on stdout, checked against what holds for every command."""
    what = f"{show_argv(result.argv)} (exit {result.rc})"
    try:
        value = json.loads(result.out)
    except ValueError as error:
        raise Failure(f"{what}: stdout is not one JSON object: {error}\n{result.text}") from None
    expect(isinstance(value, dict), f"{what}: not an object: {value!r}")
    equal(value.get("schema"), "ollama-gpu/1", f"{what}: schema")
    equal(value.get("exit_code"), result.rc, f"{what}: exit_code")
    equal(value.get("ok"), result.rc == 0, f"{what}: ok")
    if command and value.get("error", {}).get("code") != "usage":
        equal(value.get("command"), command, f"{what}: command")
    validate(value, what)
    return value


def validate(value, what):
    """Against docs/schema.json; that it is there is a test of its own."""
    if not SCHEMA.exists():
        return
    import jsonschema  # pylint: disable=import-outside-toplevel
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    errors = [f"{'/'.join(map(str, e.absolute_path))}: {e.message}"
              for e in jsonschema.validators.validator_for(schema)(schema).iter_errors(value)]
    expect(not errors, f"{what}: does not fit docs/schema.json: {'; '.join(errors)}\n"
                       f"{json.dumps(value)[:2000]}")


def wait_until(condition, what, seconds=10):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.05)
    raise Failure(f"not within {seconds} s: {what}")
