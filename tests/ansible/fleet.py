# SPDX-License-Identifier: MIT
"""Several sandboxes as hosts of a network of their own, with sshd, and Ansible to play on them.

This process is in a network namespace of its own (tests/ansible/run sees to that): a bridge in it, and a pair of virtual
interfaces to each sandbox's namespace. It all goes with the process, however that ends.
"""
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import harness  # noqa: E402 pylint: disable=wrong-import-position

HERE = pathlib.Path(__file__).resolve().parent
COLLECTION = harness.ROOT / "packaging/ansible"
MODULE = "ollama_gpu.ollama_gpu.settings"
INFO = "ollama_gpu.ollama_gpu.settings_info"
FIRST_NAME = "ollama_gpu.ollama_gpu.ollama_gpu"  # of the module and of the role
ROLES = ("ollama_gpu.ollama_gpu.setup", FIRST_NAME)
BRIDGE = "fleet0"
HEAD = "driver=580.65.06\ncuda=13.0\nmemory_dir=/run/ollama-standin\n"
SSHD_CONFIG = """Port 22
HostKey /e2e/ssh/host_key
AuthorizedKeysFile /e2e/ssh/authorized_keys
PermitRootLogin prohibit-password
PasswordAuthentication no
UsePAM no
StrictModes no
PidFile none
Subsystem sftp internal-sftp
"""
# The user is the one that the package makes. What this machine's root has the shell do at each login is not part of a test.
SSHD_SCRIPT = """
rm -f /root/.bashrc /root/.profile
id sshd > /dev/null 2>&1 || useradd --system --no-create-home --home-dir /run/sshd --shell /usr/sbin/nologin sshd
mkdir -p /run/sshd
usermod --password '*' root
chmod 600 /e2e/ssh/host_key
systemd-run --quiet --unit=fleet-sshd --property=RuntimeDirectory=sshd /usr/sbin/sshd -D -e -f /e2e/ssh/config
for _ in $(seq 100); do (exec 3<> /dev/tcp/127.0.0.1/22) 2> /dev/null && exit 0; sleep 0.05; done
systemctl status fleet-sshd; exit 1
"""


def card(number, name, gib):
    """A GPU of the stand-in's file, with a UUID of its own."""
    return (f'uuid={uuid_of(number)} pci=00000000:{number + 1:02X}:00.0 name="{name}" '
            f"total={gib << 30} used=0 util=0 cc=8.9 display=0\n")


def uuid_of(number):
    return f"GPU-{number:08x}-aaaa-bbbb-cccc-000000000000"


# What the hosts have in them; the numbers name the cards.
MACHINES = (
    ((10, "NVIDIA A100-SXM4-80GB", 80), (11, "NVIDIA A100-SXM4-80GB", 80), (12, "NVIDIA A100-SXM4-80GB", 80),
     (13, "NVIDIA A100-SXM4-80GB", 80)),
    ((20, "NVIDIA GeForce RTX 4090", 24), (21, "NVIDIA T400 4GB", 4), (22, "NVIDIA GeForce RTX 4090", 24)),
    ((30, "NVIDIA L40S", 48),),
)


class Host(harness.Sandbox):
    """A sandbox with an address and sshd."""

    def __init__(self, number, tool, env, ssh):
        self.number, self.alias = number, f"gpu{number}"
        self.address = f"10.77.0.{10 + number}"
        super().__init__(None, tool, os.getpid(), env)
        self.cards = MACHINES[(number - 1) % len(MACHINES)]
        self.write("/e2e/nvml-standin.conf", HEAD + "".join(card(*words) for words in self.cards))
        self._connect()
        if ssh.package:
            self.run("tar", "-x", "-C", "/", "--keep-directory-symlink", stdin=ssh.package).exits(0)
        for name, text in (("host_key", ssh.host_key), ("authorized_keys", ssh.public_key), ("config", SSHD_CONFIG)):
            self.write(f"/e2e/ssh/{name}", text)
        self.sh(SSHD_SCRIPT)

    def _connect(self):
        """A cable from the bridge into the sandbox; in there it has another end called eth0."""
        pid = self.host([str(harness.SANDBOX), "pid", self.name]).strip()
        end = f"fleet{self.number}"
        inside = ["nsenter", f"--net=/proc/{pid}/ns/net", "ip"]
        for argv in (["ip", "link", "add", end, "type", "veth", "peer", "name", "eth0", "netns", pid],
                     ["ip", "link", "set", end, "master", BRIDGE, "up"],
                     [*inside, "address", "add", f"{self.address}/24", "dev", "eth0"],
                     [*inside, "link", "set", "eth0", "up"]):
            self.host(argv)

    def big_cards(self, gib):
        """The UUIDs of the cards with so much memory."""
        return [uuid_of(number) for number, _, total in self.cards if total >= gib]


class Ssh:
    """Keys for the hosts and for us, and sshd itself where this machine has none."""

    def __init__(self, folder, package):
        self.folder, self.package = folder, package
        for name in ("host_key", "key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", folder / name], check=True)
        self.host_key = (folder / "host_key").read_bytes()
        self.public_key = (folder / "key.pub").read_bytes()

    def configure(self, hosts):
        """What ssh needs to know the hosts by name and by key: nothing is taken on trust."""
        kind, key, _ = (self.folder / "host_key.pub").read_text(encoding="utf-8").split(" ", 2)
        known = "".join(f"{host.address} {kind} {key}\n" for host in hosts)
        (self.folder / "known_hosts").write_text(known, encoding="utf-8")
        text = "".join(f"Host {host.alias}\n  HostName {host.address}\n" for host in hosts)
        text += (f"Host *\n  User root\n  IdentityFile {self.folder}/key\n  IdentitiesOnly yes\n  BatchMode yes\n"
                 f"  UserKnownHostsFile {self.folder}/known_hosts\n  StrictHostKeyChecking yes\n")
        (self.folder / "ssh_config").write_text(text, encoding="utf-8")


class Played:
    """A finished run of Ansible: its exit code, what it printed, every result."""

    def __init__(self, argv, code, text, events, seconds):
        self.argv, self.rc, self.text, self.events, self.seconds = argv, code, text, events, seconds

    def exits(self, code):
        harness.equal(self.rc, code, f"{harness.show_argv(self.argv)}: exit code\n{self.text}")
        return self

    def results(self, host, action=MODULE):
        """The results of this action on this host, in order, each with its status."""
        return [dict(event["result"], status=event["status"]) for event in self.events if event["host"] == host.alias
                and event["action"] == action and event["status"] != "skipped"]

    def result(self, host):
        found = self.results(host)
        harness.expect(found, f"nothing was done on {host.alias}\n{self.text}")
        return found[0]


class Fleet:
    """Hosts, the collection as a user installs it, and a folder with an inventory to play in."""

    def __init__(self, count, tool, env, work, ssh_package):
        self.work, self.env, self.log = work, env, []
        make_bridge()
        ssh = Ssh(work, ssh_package)
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            self.hosts = list(pool.map(lambda number: Host(number, tool, env, ssh), range(1, count + 1)))
        ssh.configure(self.hosts)
        self.write("ansible.cfg", "")
        (work / "home").mkdir()
        self.write("hosts.ini", "[gpu]\n" + "".join(f"{host.alias}\n" for host in self.hosts))
        self.ansible_env = dict(
            env, HOME=str(work / "home"), ANSIBLE_HOME=str(work / "home"), ANSIBLE_LOCAL_TEMP=str(work / "home/tmp"),
            ANSIBLE_CONFIG=str(work / "ansible.cfg"), ANSIBLE_SSH_CONTROL_PATH_DIR=str(work / "cp"),
            ANSIBLE_SSH_ARGS=f"-F {work}/ssh_config -o ControlMaster=auto -o ControlPersist=60s",
            ANSIBLE_REMOTE_USER="root", ANSIBLE_PYTHON_INTERPRETER="/usr/bin/python3",
            ANSIBLE_COLLECTIONS_PATH=str(work / "collections"), ANSIBLE_CALLBACK_PLUGINS=str(HERE / "callbacks"),
            ANSIBLE_CALLBACKS_ENABLED="record", RECORD_FILE=str(work / "events"), ANSIBLE_NOCOLOR="1",
            ANSIBLE_RETRY_FILES_ENABLED="0", ANSIBLE_FORKS="6", PYTHONDONTWRITEBYTECODE="1", LC_ALL="C.UTF-8")

    def write(self, name, text):
        (self.work / name).write_text(text, encoding="utf-8")

    def install_collection(self):
        """Packed and installed as a user does it."""
        build = self.run("ansible-galaxy", "collection", "build", "--output-path", str(self.work), str(COLLECTION))
        build.exits(0)
        archive = next(self.work.glob("ollama_gpu-ollama_gpu-*.tar.gz"))
        self.run("ansible-galaxy", "collection", "install", str(archive)).exits(0)

    def run(self, *argv, shell_line=None, timeout=240):
        """Runs a command of Ansible's in the folder; everything it noted comes with it."""
        events = self.work / "events"
        events.unlink(missing_ok=True)
        begun = time.monotonic()
        done = subprocess.run(["bash", "-c", shell_line] if shell_line else argv, cwd=self.work, env=self.ansible_env,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=timeout, check=False)
        noted = [json.loads(line) for line in events.read_text(encoding="utf-8").splitlines()] if events.exists() else []
        played = Played(argv or [shell_line], done.returncode, done.stdout.decode("utf-8", "replace"), noted,
                        time.monotonic() - begun)
        self.log.append(played)
        return played

    def play(self, text, *options):
        """Plays the playbook of this text."""
        self.write("play.yml", text)
        return self.run("ansible-playbook", "-i", "hosts.ini", "play.yml", *options)

    def task(self, options, *words, play=""):
        """Plays one task: the module with these options (a dictionary)."""
        return self.play(one_task(options, play), *words)

    def reset(self):
        """Every host as Ollama's installer leaves it, without what was loaded or written since."""
        self.log = []
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda host: host.reset(), self.hosts))

    def snapshots(self):
        return [host.snapshot() for host in self.hosts]

    def down(self):
        for socket in (self.work / "cp").glob("*"):  # connections that Ansible keeps for the next task
            subprocess.run(["ssh", "-o", f"ControlPath={socket}", "-O", "exit", "any"], capture_output=True,
                           check=False, timeout=10)
        for host in self.hosts:
            host.down()


def one_task(options, play=""):
    settings = "".join(f"        {name}: {json.dumps(value)}\n" for name, value in options.items())
    return (f"- hosts: gpu\n  gather_facts: false\n{play}  tasks:\n    - name: Ollama\n"
            f"      {MODULE}:\n{settings}")


def make_bridge():
    for argv in (["ip", "link", "set", "lo", "up"], ["ip", "link", "add", BRIDGE, "type", "bridge"],
                 ["ip", "address", "add", "10.77.0.1/24", "dev", BRIDGE], ["ip", "link", "set", BRIDGE, "up"]):
        subprocess.run(argv, check=True, capture_output=True)
