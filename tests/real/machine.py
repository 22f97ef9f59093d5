# SPDX-License-Identifier: MIT
"""A throwaway machine with a real systemd, a real Ollama as its service, and no GPU."""
import json
import os
import pathlib
import subprocess
import tempfile

import harness
import log_line

HOME = "/usr/share/ollama"

# A machine without a GPU has no NVML either: then the tool and Ollama have to agree that there is none.
NO_GPUS = r"""
ldconfig -p | sed -n 's/.*=> \(.*libnvidia-ml.*\)/\1/p' | xargs -r rm -f
rm -f /usr/lib*/libnvidia-ml.so.1 /usr/lib/*/libnvidia-ml.so.1 /etc/nvml-standin.conf
ldconfig
mkdir -p /e2e /run/e2e
cp -a /etc/systemd/system /e2e/etc-systemd-system
"""

RESET = r"""
find /etc/systemd/system -mindepth 1 -delete
cp -a /e2e/etc-systemd-system/. /etc/systemd/system/
rm -rf /var/lib/ollama-gpu /run/systemd/system.control /etc/systemd/system.control /run/e2e
mkdir -p /run/e2e
systemctl daemon-reload
systemctl reset-failed ollama.service
systemctl restart ollama.service || exit 1
for _ in $(seq 200); do
  curl -s --noproxy '*' --max-time 2 http://127.0.0.1:11434/api/version > /dev/null && exit 0
  sleep 0.03
done
exit 1
"""

# Reads pairs that end in NUL; prints the exit code of each.
DRY_RUNS = r"""
while IFS= read -r -d '' pair; do
  "$1" --json configure --dry-run --set "$pair" > /dev/null 2>&1
  echo $?
done
"""


class Machine(harness.Sandbox):
    """The sandbox of the end-to-end tests, with a real Ollama in place of the stand-in."""

    def __init__(self, program, options, others=()):  # pylint: disable=super-init-not-called
        self.program, self.others, self.owner = program, others, os.getpid()
        self.env = dict(os.environ, OLLAMA_GPU_SUPPORT_BIN=str(options.support))
        self.log, self.background, self.dirty = [], [], False
        sandbox = str(harness.SANDBOX)
        self.name = self.host([sandbox, "up", "--owner", str(self.owner)]).strip()
        try:
            with tempfile.TemporaryDirectory(prefix="ollama-real.") as folder:
                (pathlib.Path(folder) / "ollama").symlink_to(program.path)
                self.env["PATH"] = f"{folder}:{os.environ['PATH']}"
                self.host([sandbox, "ollama", self.name, "--real", "--with-host"])
            self.host([sandbox, "put", self.name, str(options.tool), harness.TOOL, "755"])
            if program.llama_server:
                self.put_beside(program.llama_server)
            self.sh(NO_GPUS)
            self.write("/e2e/snapshot", harness.SNAPSHOT_SCRIPT)
            self.write("/e2e/reset", RESET)
            self.restart()
        except BaseException:
            self.down()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.down()

    def put_program(self, program):
        """Another Ollama in place of the one that is there, as an upgrade does."""
        self.host([str(harness.SANDBOX), "put", self.name, str(program.path), "/usr/local/bin/ollama", "755"])

    def put_beside(self, server):
        """llama-server and the libraries that lie with it, where Ollama looks for them."""
        for file in [server, *server.parent.glob("lib*.so*")]:
            name = "llama-server" if file == server else file.name
            self.host([str(harness.SANDBOX), "put", self.name, str(file), f"/usr/local/lib/ollama/{name}", "755"])

    def config(self):
        """What the service's present run says in its line "server config"."""
        text = self.sh('journalctl --no-pager --quiet --output=cat '
                       '"_SYSTEMD_INVOCATION_ID=$(systemctl show ollama --property=InvocationID --value)"')
        found = log_line.server_config(text)
        harness.expect(found is not None, f"no line \"server config\" in this run's journal:\n{text[:2000]}")
        return found

    def version_answered(self):
        """What Ollama answers over HTTP."""
        return json.loads(self.sh("curl -sS --noproxy '*' --max-time 5 "
                                  "http://127.0.0.1:11434/api/version"))["version"]

    def accepts(self, given):
        """{pair: whether `configure --dry-run --set` takes it}."""
        words = "".join(f"{name}={value.replace('{home}', HOME)}\0" for name, value in given)
        result = self.run("bash", "-c", DRY_RUNS, "sh", harness.TOOL, stdin=words.encode(), timeout=300)
        codes = result.out.split()
        harness.equal(len(codes), len(given), "answers of configure --dry-run")
        return {pair: code == "0" for pair, code in zip(given, codes)}


def tool_settings(tool):
    """`settings --json`, as the tool on this machine prints it."""
    done = subprocess.run([tool, "settings", "--json"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["settings"]
