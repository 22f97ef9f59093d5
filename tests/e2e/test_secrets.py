# SPDX-License-Identifier: MIT
"""Secrets: whatever is asked, and whatever goes wrong, no output holds one."""
from harness import FAST, MAIN, expect, show_argv, slow

KEY = "sk-e2e-5f0c2d9b7a"
PASSWORD = "hunter2secret"
PROXY = f"http://joe:{PASSWORD}@proxy.example:3128"

COMMANDS = (
    ("status",), ("status", "-v"), ("verify",),
    ("doctor",), ("doctor", "--fix", "--dry-run"), ("rollback", "--list"), ("rollback", "--dry-run"), ("reset", "--dry-run"),
    (*MAIN, "--dry-run"), ("configure", "--unset", "OLLAMA_API_KEY", "--dry-run"),
    ("configure", "--unset", "OPENAI_API_KEY", "--dry-run"), ("configure", "--unset", "HTTPS_PROXY", "--dry-run"),
    ("configure", "--set", "OLLAMA_API_KEY=other", "--dry-run"), ("configure", "--set", "TOKEN_IN_COMMAND=other", "--dry-run"),
    ("configure", "--set", f"MY_TOKEN={KEY}", "--dry-run"), ("configure", "--set", f"MY_TOKEN={KEY}\n", "--dry-run"),
    ("configure", "--set", f"MY TOKEN={KEY}", "--dry-run"),
    ("configure", "--config", "/e2e/scratch/bad.toml"), ("configure", "--config", "/e2e/scratch/good.toml", "--dry-run"),
)

UNIT_LINES = f"""[Service]
Environment=OPENAI_API_KEY={KEY} OLAMA_DEBUG=1
Environment="HTTPS_PROXY={PROXY}"
Environment=OLLAMA_API_KEY={KEY}
Environment=OLLAMA_APIKEY={KEY}
OPENAI_API_TOKEN={KEY}
Enviroment=SOME_SECRET={KEY}
Environment=GITHUB_TOKEN="{KEY}
EnvironmentFile=/e2e/scratch/secret.env
"""


def say_nothing(results):
    """None of the outputs holds a secret; all that do are named together."""
    told = []
    for result in results:
        lines = [line for line in result.text.splitlines() if KEY in line or PASSWORD in line]
        told += [f"{show_argv(result.argv[1:])}: {line[:300]}" for line in lines]
    expect(not told, "secrets in:\n" + "\n".join(told))


@slow
def test_no_command_prints_a_secret(box):
    """Units, environment files, process and manager hold secrets: every command but `show`, text and JSON."""
    box.write("/e2e/scratch/secret.env", f"OLLAMA_API_KEY={KEY}\nHTTPS_PROXY={PROXY}\nBROKEN_PASSWORD \"{KEY}\nX_TOKEN='{KEY}'\n", "600")
    box.write("/e2e/scratch/bad.toml", f"spread = true\n[set]\nMY_TOKEN = \"{KEY}\" oops\n")
    box.write("/e2e/scratch/good.toml", f"[set]\nMY_TOKEN = \"{KEY}\"\n")
    box.write("/etc/systemd/system/ollama.service.d/10-secret.conf", UNIT_LINES, "600")
    box.sh(f"systemctl set-environment OLLAMA_API_KEY={KEY} HTTPS_PROXY={PROXY}")
    try:
        box.reload()
        results = [box.tool(*command, *more) for command in COMMANDS for more in ((), ("--json",))]
        results.append(box.tool(*MAIN))
        results += [box.tool(*command) for command in COMMANDS]
        box.standin(misbehave="exit-at-start", misbehave_if="OLLAMA_NUM_PARALLEL=4")
        results.append(box.tool("configure", "--num-parallel", "4", *FAST))
        results.append(box.tool("configure", "--num-parallel", "4", *FAST, "--json"))
        results.append(box.tool("configure", "--unset", "OLLAMA_API_KEY", *FAST))
        results.append(box.tool("rollback", *FAST))
        say_nothing(results)
    finally:
        box.sh("systemctl unset-environment OLLAMA_API_KEY HTTPS_PROXY")
