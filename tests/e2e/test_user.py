# SPDX-License-Identifier: MIT
"""`--user`: a user's own service manager and directories, without root."""
from harness import (DROP_IN, FAST, TOOL, equal, expect, has_settings, lacks, matches,
                     nothing_changed, parse_environ, parse_json, slow, wait_until)

NAME = "e2euser"
HOME = f"/home/{NAME}"
CONFIG = f"{HOME}/.config/systemd/user"
OURS = f"{CONFIG}/ollama.service.d/zz-ollama-gpu.conf"
STATE = f"{HOME}/.local/state/ollama-gpu"
CHANGE = ("configure", "--gpus", "0,1", "--spread", "--keep-alive", *FAST)
SETTINGS = {"CUDA_VISIBLE_DEVICES": "0,1", "OLLAMA_SCHED_SPREAD": "1", "OLLAMA_KEEP_ALIVE": "-1"}
UNIT_TEXT = """[Unit]
Description=Ollama of a user

[Service]
ExecStart=/usr/local/bin/ollama serve
Restart=always
RestartSec=1
Environment="OLLAMA_HOST=127.0.0.1:11711"
"""


class User:
    """A user with a service manager of his own, as one with lingering has; no logind is needed."""

    def __init__(self, box):
        self.box = box
        box.sh(f"id {NAME} > /dev/null 2>&1 || useradd -m -s /bin/sh {NAME}; rm -rf {HOME}/.config "
               f"{HOME}/.local")
        self.uid = box.sh(f"id -u {NAME}").strip()
        self.environment = (f"HOME={HOME}", f"USER={NAME}", f"XDG_RUNTIME_DIR=/run/user/{self.uid}",
                            "PATH=/usr/local/bin:/usr/bin:/bin")
        box.write(f"{CONFIG}/ollama.service", UNIT_TEXT)
        box.sh(f"chown -R {NAME}: {HOME}")
        box.sh('rm -rf "/run/user/$1"; install -d -o "$1" -g "$1" -m 700 "/run/user/$1"', self.uid)
        settings = [f"--setenv={pair}" for pair in self.environment]
        box.run("systemd-run", "--quiet", "--unit=e2e-user", f"--uid={self.uid}", "--property=Delegate=yes",
                "--property=KillMode=mixed", *settings, "sh", "-c",
                "exec $(ls /usr/lib/systemd/systemd /lib/systemd/systemd 2> /dev/null | head -n 1) "
                "--user").exits(0)
        wait_until(lambda: box.exists(f"/run/user/{self.uid}/systemd/private"), "his manager")
        self.systemctl("start", "ollama")
        box.wait_for_answer(11711)

    def run(self, *words):
        return self.box.run("setpriv", f"--reuid={self.uid}", f"--regid={self.uid}", "--init-groups",
                            "env", "-i", *self.environment, *words)

    def systemctl(self, *words):
        return self.run("systemctl", "--user", *words).exits(0).out.strip()

    def tool(self, *words):
        return self.run(TOOL, "--user", *words)

    def json(self, *words):
        result = self.tool(*words, "--json")
        result.json = parse_json(result, words[0])
        return result

    def has(self, wanted):
        pid = self.systemctl("show", "-P", "MainPID", "ollama")
        process = parse_environ(self.box.sh('base64 -w0 "/proc/$1/environ"', pid))
        loaded = self.systemctl("show", "-P", "Environment", "ollama")
        for name, value in wanted.items():
            equal(process.get(name), value, f"{name} in the process")
            expect((f"{name}={value}" in loaded) == (value is not None), f"systemd has {loaded}")


@slow
def test_configures_his_own_service(box):
    """His drop-in, his manager, his process; nothing of the system's changes; undone again."""
    user = User(box)
    before = box.snapshot()
    result = user.json(*CHANGE).exits(0)
    equal((result.json["applied"], result.json["restarted"]), (True, True), "report")
    evidence = result.evidence()
    equal({level: evidence[level] for level in ("file", "manager", "process")},
          dict.fromkeys(("file", "manager", "process"), "ok"), "evidence")
    user.has(SETTINGS)
    equal(box.sh(f"stat -c '%U %a' {OURS} {STATE}").splitlines(), [f"{NAME} 644", f"{NAME} 700"],
          "owner and mode of our drop-in and of the state")
    equal(user.json(*CHANGE).exits(0).json["changed"], False, "changed again")
    matches("ollama.service", user.tool("status").exits(0, 11).out, "status")
    user.tool("rollback", *FAST).exits(0)
    user.has(dict.fromkeys(SETTINGS))
    expect(not box.exists(OURS), f"{OURS} is left")
    nothing_changed(before, box.snapshot())
    equal(box.snapshot().state_files, {}, "state of the system")


@slow
def test_failure_is_put_back(box):
    """His service does not come up: his former drop-in is back, exit 7."""
    user = User(box)
    user.tool("configure", "--keep-alive=24h", *FAST).exits(0)
    content = box.read(OURS)
    box.standin(misbehave="exit-at-start", misbehave_if="OLLAMA_KEEP_ALIVE=-1")
    result = user.tool(*CHANGE).exits(7)
    lacks("sudo", result.err, "what it tells a user")
    equal(box.read(OURS), content, OURS)
    user.has({"OLLAMA_KEEP_ALIVE": "24h", "OLLAMA_SCHED_SPREAD": None})


@slow
def test_places_that_he_chose(box):
    """XDG_CONFIG_HOME and XDG_STATE_HOME: his drop-in and state lie there."""
    user = User(box)
    user.run("env", f"XDG_STATE_HOME={HOME}/my state", TOOL, "--user", *CHANGE).exits(0)
    expect(box.exists(f"{HOME}/my state/ollama-gpu/ollama.service/1/meta.json"), "the state")
    expect(not box.exists(STATE), f"{STATE} was made")
    expect(not box.exists(DROP_IN), f"{DROP_IN} was made")


def test_without_a_session(box):
    """No XDG_RUNTIME_DIR, no HOME: said what is missing, nothing written."""
    nobody = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "env", "-i")
    box.sh("install -d -o nobody /e2e/scratch/home")
    for environment in ((), ("HOME=/e2e/scratch/home",)):
        result = box.run(*nobody, *environment, TOOL, "--user", *CHANGE)
        expect(result.rc in (1, 2, 5), f"exit {result.rc}")
        matches("HOME|XDG_RUNTIME_DIR|cannot find the unit", result.err, "message")
        matches(r"^hint:", result.err, "hint")


@slow
def test_remedies_are_for_his_manager(box):
    """What `doctor --user` proposes can be pasted: it names his manager, without sudo."""
    user = User(box)
    box.sh('rm "$1" && ln -s /dev/null "$1"', f"{CONFIG}/ollama.service")
    user.systemctl("daemon-reload")
    text = user.tool("doctor").text
    matches("systemctl --user unmask", text, "the remedy")
    lacks("sudo ", text, "what doctor says")


@slow
def test_root_leaves_a_users_home_alone(box):
    """Root's --user in somebody's home is refused before anything is written there."""
    user = User(box)
    result = box.run("env", *user.environment, TOOL, "--user", *CHANGE).exits(6)
    matches(f"belongs to uid {user.uid}", result.text, "why")
    expect(not box.exists(STATE), "no state directory of root's")
    user.tool(*CHANGE).exits(0)


@slow
def test_several_servers_are_the_systems(box):
    """--replicas with --user is refused, with the reason, before anything is written."""
    user = User(box)
    result = user.json("configure", "--gpus", "0,1", "--replicas", *FAST).exits(2)
    matches("does not go with --user", result.json["error"]["message"], "error")
    expect(not box.exists(OURS), "something was written")
