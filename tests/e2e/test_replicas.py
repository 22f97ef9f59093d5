# SPDX-License-Identifier: MIT
"""configure --replicas: several servers of one model behind one address. Judged with systemctl, curl,
/proc and HAProxy's own statistics."""
import json

from harness import (DROP_IN, ETC, FAST, FRAGMENT, UNIT, Skip, equal, expect, has_settings,
                     lacks, matches, needs_python, nothing_changed, slow)

ENTRY = "ollama-gpu-entry.service"
OTHERS = [f"ollama@{port}.service" for port in (11436, 11437, 11438)]
SERVERS = [UNIT, *OTHERS]
SHARE = ("configure", "--gpus", "all", "--replicas", "--context-length", "4096", *FAST)
FILES = (f"{ETC}/ollama@.service", f"{ETC}/ollama@.service.d", f"{ETC}/ollama-gpu-revive@.service",
         f"{ETC}/{ENTRY}", "/etc/ollama-gpu/entry.cfg",
         *(f"{ETC}/{unit}.d/zzz-ollama-gpu.conf" for unit in OTHERS))


def needs_haproxy(box):
    if box.run("which", "haproxy").rc != 0:
        raise Skip("there is no HAProxy")


def share(box, *more, code=0, count=""):
    needs_haproxy(box)
    words = [word + count if word == "--replicas" else word for word in SHARE]
    return box.json(*words, *more, timeout=90).exits(code)


def states(box, *units):
    return box.sh("systemctl is-active " + " ".join(units or (*SERVERS, ENTRY)), check=False).split()


def pids(box, *units):
    return [int(box.sh(f"systemctl show -P MainPID {unit}")) for unit in units or (*SERVERS, ENTRY)]


def environment(box, pid):
    text = box.sh(f"tr '\\0' '\\n' < /proc/{pid}/environ")
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def holder(box, port):
    """The control group of whoever listens on the port."""
    pid = box.sh(f"ss -Hltnp 'sport = :{port}' | grep -o 'pid=[0-9]*' | head -1 | cut -d= -f2").strip()
    return box.sh(f"cat /proc/{pid}/cgroup").strip().rsplit("/", 1)[-1] if pid else ""


def statistics(box):
    """HAProxy's own figures: {(backend, server): row}."""
    needs_python(box)
    ask = ("import socket; s = socket.socket(socket.AF_UNIX); "
           "s.connect('/run/ollama-gpu-entry/admin.sock'); s.sendall(b'show stat\\n'); "
           "print(b''.join(iter(lambda: s.recv(65536), b'')).decode())")
    head, *rows = box.sh(f'python3 -c "{ask}"').strip().splitlines()
    names = head.lstrip("# ").split(",")
    table = [dict(zip(names, row.split(","))) for row in rows]
    return {(row["pxname"], row["svname"]): row for row in table}


def post(box, path, body, *more):
    return box.run("curl", "-sS", "-i", "--max-time", "20", *more, "-d", json.dumps(body),
                   f"http://127.0.0.1:11434{path}")


def prompt(tokens=1, model="llama3.2:3b"):
    return {"model": model, "prompt": "why?", "stream": False, "options": {"num_predict": tokens}}


def entry_is_up(box):
    """systemctl does not wait for the units that a service wants."""
    box.sh(f"for _ in $(seq 50); do systemctl -q is-active {ENTRY} && exit 0; sleep 0.1; done; exit 1")


def is_shared(box):
    equal(states(box), ["active"] * 5, "the servers and the entry")
    equal(holder(box, 11434), ENTRY, "who holds the public address")
    for index, (unit, port) in enumerate(zip(SERVERS, range(11435, 11439))):
        equal(holder(box, port), unit, f"who holds port {port}")
        variables = environment(box, pids(box, unit)[0])
        equal(variables["CUDA_VISIBLE_DEVICES"], str(index), f"GPUs of {unit}")
        equal(variables["OLLAMA_VULKAN"], "0", f"Vulkan of {unit}")
        equal("OLLAMA_NOPRUNE" in variables, index > 0, f"{unit} leaves the models alone")


def hashes(box):
    return box.sh(f"find {ETC} /etc/ollama-gpu -type f -exec sha256sum {{}} + | sort")


def is_alone(box):
    equal(holder(box, 11434), UNIT, "who holds the public address")
    # Other tests have a unit of that name.
    left = [unit for unit in box.sh("systemctl list-units --plain --no-legend 'ollama*' | "
                                    "awk '{print $1}'").split() if unit != "ollama-gpu.service"]
    equal(left, [UNIT], "units that run")
    for path in (*FILES, "/etc/ollama-gpu"):
        expect(not box.exists(path), f"{path} is left")
    equal(box.sh(f"find {ETC} -name 'ollama*@*'").strip(), "", "what is left of the others")


@slow
def test_one_server_per_gpu(box):
    """Four servers with a GPU each, HAProxy at Ollama's address; run again, nothing changes."""
    share(box)
    is_shared(box)
    through = box.sh("curl -s http://127.0.0.1:11434/api/version")
    matches("0.33.0", through, "an answer through the entry")
    before, running = box.snapshot(), pids(box)
    again = share(box)
    equal(again.json["changed"], False, "changed")
    nothing_changed(before, box.snapshot())
    equal(pids(box), running, "processes")
    verified = box.json("verify").exits(0)
    equal(sorted({e.get("unit", UNIT) for e in verified.json["evidence"]}), sorted(SERVERS), "units")
    equal(verified.evidence()["entry"], "ok", "entry")


@slow
def test_and_back(box):
    """--no-replicas, rollback, reset: every file and unit goes and comes."""
    share(box)
    box.json("configure", "--no-replicas", *FAST).exits(0)
    is_alone(box)
    has_settings(box.snapshot(), {"CUDA_VISIBLE_DEVICES": "0,1,2,3"})
    box.json("rollback", *FAST, timeout=90).exits(0)
    is_shared(box)
    box.json("reset", *FAST).exits(0)
    is_alone(box)
    expect(not box.exists(DROP_IN), "the drop-in is left")


@slow
def test_two_servers_of_two(box):
    """Each has two GPUs, spread inside."""
    share(box, count="=2")
    equal(states(box, UNIT, OTHERS[0], OTHERS[1], ENTRY), ["active", "active", "inactive", "active"],
          "units")
    for unit, gpus in ((UNIT, "0,1"), (OTHERS[0], "2,3")):
        variables = environment(box, pids(box, unit)[0])
        equal(variables["CUDA_VISIBLE_DEVICES"], gpus, unit)
        equal(variables["OLLAMA_SCHED_SPREAD"], "1", unit)


@slow
def test_systemctl_restart_stop_start(box):
    """What people type carries over to all servers."""
    share(box)
    before = pids(box)
    box.sh("systemctl restart ollama")
    entry_is_up(box)
    equal(states(box), ["active"] * 5, "after a restart")
    expect(not set(before) & set(pids(box)), "all were restarted")
    box.sh("systemctl stop ollama")
    equal(states(box), ["inactive"] * 5, "after a stop")
    box.sh("systemctl start ollama")
    entry_is_up(box)
    equal(states(box), ["active"] * 5, "after a start")


@slow
def test_a_crash_stays_alone(box):
    """kill -9 of one server, the first too: it comes back, and no other is touched."""
    share(box)
    for victim in (UNIT, OTHERS[0]):
        before = dict(zip((*SERVERS, ENTRY), pids(box)))
        box.sh(f"kill -9 {before[victim]}")
        box.sh(f"for _ in $(seq 80); do [ $(systemctl show -P MainPID {victim}) != 0 ] && "
               f"[ $(systemctl show -P MainPID {victim}) != {before[victim]} ] && exit 0; "
               "sleep 0.1; done; exit 1")
        after = dict(zip((*SERVERS, ENTRY), pids(box)))
        equal({unit for unit in after if after[unit] != before[unit]}, {victim}, "restarted")


@slow
def test_an_administrators_drop_in_holds_for_all(box):
    """Also one that comes later; OLLAMA_HOST in it is named."""
    share(box)
    box.write(f"{ETC}/ollama.service.d/later.conf", "[Service]\nEnvironment=OLLAMA_DEBUG=1\n")
    box.sh("systemctl daemon-reload && systemctl restart ollama")
    for pid in pids(box, *SERVERS):
        equal(environment(box, pid)["OLLAMA_DEBUG"], "1", "OLLAMA_DEBUG")
    box.json("verify").exits(0)


@slow
def test_the_installer_runs_over_it(box):
    """It writes the unit anew and restarts it: verify says what the others lack, configure mends."""
    share(box)
    box.sh(f"sed -i 's/^Description=.*/Description=Newer/' {FRAGMENT}; systemctl daemon-reload; "
           "systemctl restart ollama")
    found = box.json("verify").exits(11)
    matches("older|copy", json.dumps(found.json["evidence"]), "evidence")
    box.json("configure", *FAST, timeout=90).exits(0)
    matches("Newer", box.read(f"{ETC}/ollama@.service").decode(), "the template")
    box.json("verify").exits(0)


@slow
def test_one_writer(box):
    """What changes the models goes to the first server, however its path is written."""
    share(box)
    for path in ("/api/pull", "/api/create", "/api/copy", "/api/%70ull"):
        post(box, path, {"model": "llama3.2:3b", "stream": False})
    box.run("curl", "-s", "-X", "DELETE", "-d", "{}", "http://127.0.0.1:11434/api/delete")
    table = statistics(box)
    equal(table["store", "ollama-11435"]["stot"], "5", "requests to the store")
    equal([table["work", f"ollama-{port}"]["stot"] for port in range(11435, 11439)], ["0"] * 4,
          "requests to the servers")


@slow
def test_answers_queue_and_questions_do_not(box):
    """Eight prompts at four servers of one slot each: two a server; a question in between answers."""
    share(box, "--num-parallel", "1")
    jobs = " ".join(f"curl -sS -o /run/e2e/{i} -D /run/e2e/{i}.head -d "
                    f"'{json.dumps(prompt(40))}' http://127.0.0.1:11434/api/generate &"
                    for i in range(8))
    box.sh(f"{jobs} sleep 0.4; curl -sf --max-time 1 http://127.0.0.1:11434/api/tags > /dev/null; "
           "curl -sf --max-time 1 -d '{\"model\":\"llama3.2:3b\"}' http://127.0.0.1:11434/api/show "
           "> /dev/null; wait")
    heads = box.sh("cat /run/e2e/*.head").lower()
    equal(heads.count(" 200 "), 8, "answers")
    for port in range(11435, 11439):
        equal(heads.count(f"x-ollama-server: ollama-{port}"), 2, f"answers of {port}")


@slow
def test_the_guard_of_host_names(box):
    """A foreign Host gets 403 through the entry as it does directly; a foreign Origin too."""
    share(box)

    def code(port, *headers):
        words = [word for header in headers for word in ("-H", header)]
        return box.run("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", *words,
                       f"http://127.0.0.1:{port}/api/version").out
    for headers in (("Host: evil.example",), ("Host: localhost",), ("Host: gpu.local",),
                    ("Origin: https://evil.example",), ("Origin: http://localhost",)):
        equal(code(11434, *headers), code(11435, *headers), f"{headers}")
    equal(code(11434, "Host: evil.example"), "403", "a foreign Host")


@slow
def test_the_public_address_is_the_one_asked_for(box):
    """--listen is where HAProxy listens; there any Host is taken, as Ollama does."""
    share(box, "--listen", "0.0.0.0:8080")
    equal(holder(box, 8080), ENTRY, "who holds the address")
    equal(holder(box, 8081), UNIT, "who holds the first server's")
    answer = box.run("curl", "-s", "-H", "Host: gpu.example", "http://127.0.0.1:8080/api/version").out
    matches("0.33.0", answer, "a foreign Host")
    same = box.run("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", "Host: gpu.example:8080",
                   "-H", "Origin: http://gpu.example:8080", "http://127.0.0.1:8080/api/version").out
    equal(same, "200", "an Origin of the name itself")


@slow
def test_the_plan_says_what_is_new(box):
    """In ten lines: an address with the one before, servers that go; not those that stay as they are."""
    share(box)
    told = box.tool("configure", "--listen", "0.0.0.0:11434", *FAST, timeout=90).exits(0).out
    matches(r"listens at 0\.0\.0\.0:11434 \(it was 127\.0\.0\.1:11434\)", told, "the plan")
    lacks("a server at", told, "the plan")
    told = box.tool("configure", "--replicas=2", *FAST, timeout=90).exits(0).out
    matches(r"ollama@11436\.service: a server at 127\.0\.0\.1:11436 with GPUs 2,3", told, "the plan")
    matches(r"ollama@11438\.service: no longer one of the servers: it is stopped", told, "the plan")
    equal(box.run("systemctl", "is-active", "ollama@11438").out.strip(), "inactive", "the fourth server")


@slow
def test_a_bad_setting_stops_at_the_first(box):
    """The first server does not come up with it: put back, and the others were never touched."""
    share(box)
    before, files = pids(box), hashes(box)
    box.standin(misbehave="exit-at-start", misbehave_if="OLLAMA_NUM_PARALLEL=7")
    result = box.json("configure", "--num-parallel", "7", *FAST, timeout=90).exits(7)
    equal(result.json["rolled_back"], True, "rolled_back")
    equal(pids(box)[1:], before[1:], "the others' processes")
    is_shared(box)
    equal(hashes(box), files, "files")
    box.standin()


@slow
def test_settings_with_which_no_model_loads_stop_at_the_first(box):
    """--preload: what the first server had loaded does not come back, so it is put back and the others stay."""
    share(box)
    for port in (11435, 11436):
        box.sh(f"curl -sf -d '{{\"model\":\"llama3.2:3b\"}}' http://127.0.0.1:{port}/api/generate")
    before, files = pids(box), hashes(box)
    box.standin(misbehave="garbage-json", misbehave_path="/api/generate",
                misbehave_if="OLLAMA_NUM_PARALLEL=7")
    result = box.json("configure", "--num-parallel", "7", "--preload", *FAST, timeout=90).exits(7)
    matches("ollama.service: .*load", result.json["error"]["message"], "error")
    equal(result.json["rolled_back"], True, "rolled_back")
    equal(pids(box)[1:], before[1:], "the others' processes")
    equal(hashes(box), files, "files")
    is_shared(box)
    for port in (11435, 11436):
        loaded = json.loads(box.sh(f"curl -sf http://127.0.0.1:{port}/api/ps"))["models"]
        equal([model["name"] for model in loaded], ["llama3.2:3b"], f"loaded at {port}")
    box.standin()


@slow
def test_without_a_restart(box):
    """--restart never writes; the next run does the rest."""
    needs_haproxy(box)
    result = share(box, "--restart", "never")
    equal(result.json["applied"], False, "applied")
    equal(holder(box, 11434), UNIT, "who holds the address")
    box.json("configure", *FAST, timeout=90).exits(0)
    is_shared(box)


@slow
def test_the_file_that_makes_the_same(box):
    """show --toml says what was asked for, not what each server has."""
    needs_haproxy(box)
    box.json("configure", "--gpus", "all", "--replicas=2", "--no-spread", "--num-parallel", "3",
             "--listen", "127.0.0.1:8080", *FAST, timeout=90).exits(0)
    for unit in (UNIT, OTHERS[0]):
        unit = unit.replace("11436", "8082")
        equal(environment(box, pids(box, unit)[0])["OLLAMA_SCHED_SPREAD"], "0", "spread")
    text = box.tool("show", "--toml").exits(0).out
    for line in ('gpus = "all"', "replicas = 2", "num-parallel = 3", 'listen = "127.0.0.1:8080"'):
        expect(line in text.splitlines(), f"{line} is not in\n{text}")
    box.write("/etc/ollama-gpu.toml", text.partition("[set]")[0])
    again = box.json("configure", "--exact", "--config", "/etc/ollama-gpu.toml", *FAST).exits(0)
    equal(again.json["changed"], False, "changed")


@slow
def test_when_idle_is_for_each_server(box):
    """It is how long each may take to drain; a busy entry does not stop a change."""
    share(box, "--num-parallel", "1")
    box.sh("for i in 1 2 3 4 5 6; do curl -s -d '" + json.dumps(prompt(100)) + "' "
           "http://127.0.0.1:11434/api/generate > /dev/null & done")
    box.json("configure", "--num-parallel", "2", "--when-idle=20", *FAST, timeout=90).exits(0)


@slow
def test_an_entry_of_ones_own_that_is_broken(box):
    """A reload of HAProxy fails as a whole, and what runs goes on; configure refuses before a write."""
    share(box)
    box.write("/etc/ollama-gpu/entry.d/mine.cfg", "frontend mine\n  bond :1\n")
    equal(box.run("systemctl", "reload", ENTRY).rc != 0, True, "the reload fails")
    matches("0.33.0", box.sh("curl -s http://127.0.0.1:11434/api/version"), "it goes on")
    before = box.snapshot()
    result = box.json("configure", "--num-parallel", "3", *FAST).exits(6)
    matches("mine.cfg:2.*bond", result.json["error"]["message"], "error")
    nothing_changed(before, box.snapshot())
    box.sh("rm /etc/ollama-gpu/entry.d/mine.cfg")
    equal(box.sh("stat -c %U /etc/ollama-gpu/entry.d").strip(), "root", "whose directory it is")


@slow
def test_units_that_depend_on_it_restart_along(box):
    """The plan does not say one after another then, and that is not what is done."""
    share(box)
    box.write(f"{ETC}/e2e-client.service", "[Unit]\nPartOf=ollama.service\n[Service]\n"
              "ExecStart=/bin/sleep infinity\n")
    box.sh("systemctl daemon-reload; systemctl start e2e-client")
    before = pids(box, "e2e-client")
    result = box.json("configure", "--max-queue", "99", *FAST, timeout=90).exits(0)
    expect("one server after another" not in result.plan_text(), result.plan_text())
    expect(pids(box, "e2e-client") != before, "the client was restarted along")
    is_shared(box)


@slow
def test_the_address_is_no_servers(box):
    """--listen at a port that a server has: refused before anything is written."""
    share(box)
    before = box.snapshot()
    result = box.json("configure", "--listen", "127.0.0.1:11435", *FAST).exits(2)
    matches("one of the servers' own", result.json["error"]["message"], "error")
    nothing_changed(before, box.snapshot())


@slow
def test_a_server_is_not_configured_alone(box):
    """--unit of one of them says so."""
    share(box)
    for unit in (OTHERS[0], ENTRY):
        for command in (("configure", "--num-parallel", "2"), ("configure", "--no-replicas"), ("reset",)):
            result = box.json(*command, "--unit", unit, *FAST).exits(2)
            matches("units that make several servers", result.json["error"]["message"], "error")
    is_shared(box)


@slow
def test_what_is_withdrawn_goes(box):
    """A setting that goes leaves every process; rollback is one way, --unset another."""
    share(box, "--num-parallel", "1")
    for undo in (("rollback",), ("configure", "--unset", "OLLAMA_MAX_QUEUE"), ("configure", "--no-keep-alive")):
        box.json("configure", "--max-queue", "77", "--keep-alive", *FAST, timeout=90).exits(0)
        equal({environment(box, pid).get("OLLAMA_MAX_QUEUE") for pid in pids(box, *SERVERS)}, {"77"},
              "set")
        box.json(*undo, *FAST, timeout=90).exits(0)
        name = "OLLAMA_KEEP_ALIVE" if undo[-1] == "--no-keep-alive" else "OLLAMA_MAX_QUEUE"
        equal({environment(box, pid).get(name) for pid in pids(box, *SERVERS)}, {None}, f"{undo}")


@slow
def test_a_run_that_was_killed_leaves_no_server_out(box):
    """SIGKILL while a server is drained: the next configure brings it back in rotation."""
    share(box, "--num-parallel", "1")
    box.sh("curl -s -d '" + json.dumps(prompt(1000)) + "' http://127.0.0.1:11434/api/generate "
           "> /dev/null 2>&1 & sleep 0.3")
    started = box.start("configure", "--context-length", "8192", *FAST)
    box.sh("for _ in $(seq 100); do ollama-gpu status --json | grep -q DRAIN && exit 0; sleep 0.05; "
           "done; exit 1")
    started.signal("KILL")
    box.sh("kill $(pidof curl)")
    box.json("verify").exits(11)
    box.json("configure", *FAST, timeout=90).exits(0)
    box.json("verify").exits(0)


@slow
def test_after_systemctl_revert(box):
    """It takes our drop-in away: the others are seen, and go with reset."""
    share(box)
    box.sh("systemctl revert ollama; systemctl restart ollama")
    matches("OG414", json.dumps(findings(box)), "doctor")
    box.json("reset", *FAST).exits(0)
    is_alone(box)


@slow
def test_an_entry_that_was_edited(box):
    """verify says so, and configure writes it anew."""
    share(box)
    box.sh("sed -i s/leastconn/roundrobin/ /etc/ollama-gpu/entry.cfg")
    matches("edited by hand", json.dumps(box.json("verify").exits(11).json), "verify")
    box.json("configure", *FAST, timeout=90).exits(0)
    box.json("verify").exits(0)


@slow
def test_somebody_without_rights_looks(box):
    """A preview says what root's says, and every GPU is somebody's."""
    share(box)
    as_nobody = ("setpriv", "--reuid", "65534", "--clear-groups", "ollama-gpu")
    preview = json.loads(box.run(*as_nobody, "configure", "--dry-run", "--json").out)
    equal(preview["changed"], False, "changed")
    gpus = json.loads(box.run(*as_nobody, "status", "--json").out)["gpus"]
    equal([gpu["visible_to_ollama"] for gpu in gpus], [True] * 4, "visible")


@slow
def test_tokens_are_not_held_back(box):
    """The first byte of a fast answer comes at once through the entry, too."""
    box.standin(token_ms=3, token_cpu=0)
    box.restart()
    share(box)
    for port in (11435, 11434):
        body = json.dumps({"model": "llama3.2:3b", "prompt": "x", "options": {"num_predict": 300}})
        box.run("curl", "-s", "-o", "/dev/null", "-d", body, f"http://127.0.0.1:{port}/api/generate")
        first = float(box.run("curl", "-s", "-o", "/dev/null", "-w", "%{time_starttransfer}", "-d",
                              body, f"http://127.0.0.1:{port}/api/generate").out)
        expect(first < 0.15, f"first byte from port {port} after {first} s")


def findings(box):
    return {found["code"]: found["message"] for found in box.json("doctor").json["findings"]}


@slow
def test_status_shows_all_servers(box):
    """GPUs, requests, models of each; the page says who waits."""
    share(box)
    post(box, "/api/generate", prompt())
    result = box.json("status").exits(0)
    entry = result.json["entry"]
    equal([server["unit"] for server in entry["servers"]], SERVERS, "servers")
    equal([server["gpus"] for server in entry["servers"]], ["0", "1", "2", "3"], "GPUs")
    equal([server["in_entry"][:2] for server in entry["servers"]], ["UP"] * 4, "states")
    equal(sum(server["answered"] for server in entry["servers"]), 1, "answered")
    equal([model["name"] for model in result.json["models"]], ["llama3.2:3b"], "models")
    equal([gpu["visible_to_ollama"] for gpu in result.json["gpus"]], [True] * 4, "visible GPUs")
    matches("4 servers behind 127.0.0.1:11434", box.tool().out, "the first look")


@slow
def test_verify_load_goes_to_every_server(box):
    """The model on each server's GPUs, then two requests a server at once: each answered some."""
    share(box)
    result = box.json("verify", "--load", "llama3.2:3b").exits(0)
    memory = [e for e in result.json["evidence"] if e["level"] == "memory"]
    equal([e["status"] for e in memory], ["ok"] * 4, "memory")
    matches("8 requests at once .*: 2, 2, 2, 2", json.dumps(result.json["evidence"]), "answers")
    equal(box.json("status").json["models"], [], "what is left loaded")


@slow
def test_doctor_finds_what_breaks_it(box):
    """A server down, a smaller default context, models too large, one at a time, a beaten setting."""
    box.standin(models="big:100000000000,llama3.2:3b:2019393189,odd:2000000000/32x8x128/qwen35")
    box.restart()
    needs_haproxy(box)
    box.json("configure", "--gpus", "all", "--replicas", "--num-parallel", "2", *FAST,
             timeout=90).exits(0)
    found = findings(box)
    matches("big", found.get("OG703", ""), "OG703")
    matches("odd", found.get("OG705", ""), "OG705")
    expect("OG701" not in found, "nothing is down yet")
    box.sh(f"systemctl stop {OTHERS[1]}")
    matches("ollama@11437.service is inactive", findings(box).get("OG701", ""), "OG701")
    box.json("configure", *FAST, timeout=90).exits(0)
    expect("OG701" not in findings(box), "configure starts what is down")
    box.write(f"{ETC}/ollama.service.d/zzzz.conf", "[Service]\nEnvironment=OLLAMA_HOST=127.0.0.1:9\n")
    box.sh("systemctl daemon-reload")
    matches("ollama@1143", findings(box).get("OG708", ""), "OG708")
    refusal = box.json("configure", *FAST).exits(6)
    matches("zzzz.conf", json.dumps(refusal.json["error"]), "error")


def refused(code, why, prepare, count=""):
    def test(box):
        needs_haproxy(box)
        if "python3" in prepare:
            needs_python(box)
        box.sh(prepare)
        before = box.snapshot()
        result = share(box, code=code, count=count)
        matches(why, result.json["error"]["message"] + result.json["error"].get("hint", ""), "error")
        nothing_changed(before, box.snapshot())
        expect(not box.exists("/etc/ollama-gpu"), "something was written")
    test.__doc__ = f"Refused before anything is written: {why}."
    return test


test_more_servers_than_gpus = refused(5, "more than the 4 GPUs", "true", "=5")
test_a_template_of_ones_own = refused(
    6, "not of ollama-gpu", f"cp {FRAGMENT} {ETC}/ollama@.service; systemctl daemon-reload")
test_a_port_taken = refused(
    6, "11437 is taken", "systemd-run --unit=e2e-taker --collect python3 -m http.server 11437 "
    "--bind 127.0.0.1; for _ in $(seq 50); do ss -Hltn 'sport = :11437' | grep -q . && exit 0; "
    "sleep 0.1; done; exit 1")
test_no_user_of_its_own = refused(
    6, "DynamicUser", f"mkdir -p {ETC}/ollama.service.d; printf '[Service]\\nUser=\\nDynamicUser=yes\\n' "
    f"> {ETC}/ollama.service.d/dynamic.conf; systemctl daemon-reload")
