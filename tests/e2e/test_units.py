# SPDX-License-Identifier: MIT
"""Units of every kind and in every place."""
from harness import (DROP_IN, DROP_IN_DIR, ETC, FAST, FRAGMENT, MAIN, WANTED, changed_files, equal,
                     expect, has_settings, lacks, matches, nothing_changed)

LIB = "/usr/lib/systemd/system"


def own_unit(box, name, *lines, port=11600, header=""):
    """A unit of the test's own with the stand-in in it, on another port."""
    text = (f"[Unit]\n{header}\n[Service]\nExecStart=/usr/local/bin/ollama serve\nUser=ollama\n"
            f'Restart=always\nRestartSec=3\nEnvironment="OLLAMA_HOST=127.0.0.1:{port}"\n')
    box.write(f"{ETC}/{name}", text + "".join(f"{line}\n" for line in lines))


def test_unit_in_usr_lib(box):
    """A unit that a package brought stays as it is; the drop-in goes to /etc."""
    box.sh(f"systemctl -q disable ollama; mv {FRAGMENT} {LIB}/ollama.service")
    box.restart()
    before = box.snapshot()
    # Where /lib and /usr/lib are one, systemd may name it either way.
    matches(r"/lib/systemd/system/ollama\.service$", before.props["FragmentPath"], "FragmentPath")
    box.tool(*MAIN).exits(0)
    after = box.snapshot()
    has_settings(after, WANTED)
    equal(after.file(f"{LIB}/ollama.service"), before.file(f"{LIB}/ollama.service"), "the unit")
    equal(after.drop_ins, [DROP_IN], "DropInPaths")
    shown = box.json("show").exits(0).json
    equal((shown["fragment"], shown["drop_ins"]), (after.props["FragmentPath"], [DROP_IN]),
          "what show says, as systemd has it")
    lacks("OG411", box.tool("doctor").text, "doctor")


def test_ours_wins_over_an_override(box):
    """Where override.conf sets the same variable ours wins, and the run names that file."""
    other = f"{DROP_IN_DIR}/override.conf"
    box.write(other, '[Service]\nEnvironment="OLLAMA_KEEP_ALIVE=5m"\n')
    box.restart()
    before = box.snapshot().file(other)
    result = box.tool(*MAIN).exits(0)
    after = box.snapshot()
    has_settings(after, WANTED)
    equal(after.file(other), before, other)
    matches(r"override\.conf", result.text, "output")


def test_ours_wins_over_the_unit(box):
    """Where the unit itself sets the same variable ours wins."""
    box.sh(f"sed -i '/^\\[Service\\]/a Environment=OLLAMA_KEEP_ALIVE=1h' {FRAGMENT}")
    box.restart()
    box.tool(*MAIN).exits(0)
    has_settings(box.snapshot(), WANTED)


def test_stopped_service_stays_stopped(box):
    """Settings are written, the service is not started, and the run says when they hold."""
    box.sh("systemctl stop ollama")
    result = box.tool(*MAIN).exits(0)
    after = box.snapshot()
    equal((after.active, after.pid), ("inactive", 0), "state")
    equal(after.environment.get("OLLAMA_KEEP_ALIVE"), "-1", "in systemd's Environment")
    matches(r"next start|not running|is stopped", result.text, "output")
    box.sh("systemctl start ollama")
    has_settings(box.snapshot(), WANTED)


def test_stopped_service_in_json(box):
    """A stopped service is not restarted; what the process has is pending, not ok."""
    box.sh("systemctl stop ollama")
    result = box.json(*MAIN).exits(0)
    equal((result.json["changed"], result.json["restarted"]), (True, False), "changed, restarted")
    expect(result.evidence()["process"] in ("pending", "skipped"), f"{result.evidence()}")
    expect(result.evidence()["server"] != "ok", f"{result.evidence()}")


def test_stopped_service_starts_with_restart_always(box):
    """`--restart always` starts a stopped service."""
    box.sh("systemctl stop ollama")
    box.tool(*MAIN, "--restart", "always").exits(0)
    has_settings(box.snapshot(), WANTED)


def test_stopped_service_again_changes_nothing(box):
    """The second run on a stopped service has nothing to do."""
    box.sh("systemctl stop ollama")
    box.tool(*MAIN).exits(0)
    before = box.snapshot()
    result = box.json(*MAIN).exits(0)
    nothing_changed(before, box.snapshot())
    equal(result.json["changed"], False, "changed")


def test_masked_unit_is_refused(box):
    """A masked unit: exit 6, nothing written, said how to unmask it."""
    box.sh(f"systemctl -q disable --now ollama; rm {FRAGMENT}; systemctl -q mask ollama")
    before = box.snapshot()
    equal(before.props["LoadState"], "masked", "this test's preparation")
    result = box.json(*MAIN).exits(6)
    equal(result.json["error"]["code"], "conflict", "error.code")
    matches("masked", result.json["error"]["message"], "message")
    matches("unmask", result.json["error"]["hint"], "hint")
    equal(changed_files(before, box.snapshot()), [], "files that changed")


def test_missing_unit_is_not_found(box):
    """A unit that does not exist: exit 5, nothing written."""
    before = box.snapshot()
    result = box.json("--unit", "e2e-missing", *MAIN).exits(5)
    equal(result.json["error"]["code"], "not_found", "error.code")
    matches(r"e2e-missing\.service", result.json["error"]["message"], "message")
    nothing_changed(before, box.snapshot())


def test_drop_in_without_a_unit_is_not_found(box):
    """A directory of drop-ins alone makes no unit."""
    box.write(f"{ETC}/e2e-ghost.service.d/a.conf", "[Service]\nEnvironment=A=1\n")
    box.reload()
    box.json("--unit", "e2e-ghost", *MAIN).exits(5)


def container_unit(box):
    generator = ("#!/bin/sh\ncat > \"$1/e2e-container.service\" <<'END'\n"
                 "[Unit]\nSourcePath=/etc/containers/systemd/e2e-container.container\n"
                 "[Service]\nExecStart=/usr/bin/podman run --name ollama -p 11600:11434 "
                 "docker.io/ollama/ollama:latest\nType=notify\nEND\n")
    box.write("/etc/systemd/system-generators/e2e-generator", generator, "755")
    box.write("/usr/bin/podman", "#!/bin/sh\nsleep 100\n", "755")
    box.reload()


def test_container_is_refused(box):
    """A generated unit that runs a container: that settings do not reach Ollama is said, by a preview too."""
    container_unit(box)
    result = box.tool("--unit", "e2e-container", *MAIN, "--dry-run").exits(6)
    matches("does not reach the Ollama inside", result.err, "why")


def test_alias_leads_to_the_canonical_unit(box):
    """Under an alias the drop-in still goes to the canonical unit's directory."""
    box.sh(f"ln -s ollama.service {ETC}/e2e-llm.service && systemctl daemon-reload")
    box.tool("--unit", "e2e-llm", *MAIN).exits(0)
    after = box.snapshot()
    equal(after.drop_ins, [DROP_IN], "DropInPaths")
    has_settings(after, WANTED)
    expect(not box.exists(f"{ETC}/e2e-llm.service.d"), "there is a directory for the alias")


def template(box):
    own_unit(box, "ollama@.service", "Environment=E2E_INSTANCE=%i", port=11601)
    box.reload()


def test_instance_of_a_template(box):
    """An instance gets a drop-in of its own."""
    template(box)
    box.sh("systemctl start ollama@gpu0 && sleep 0.1")
    box.tool("--unit", "ollama@gpu0", "configure", "--gpus", "0", "--spread", *FAST).exits(0)
    after = box.snapshot("ollama@gpu0.service")
    has_settings(after, {"CUDA_VISIBLE_DEVICES": "0", "OLLAMA_SCHED_SPREAD": "1",
                         "E2E_INSTANCE": "gpu0"})
    equal(after.drop_ins, [f"{ETC}/ollama@gpu0.service.d/zz-ollama-gpu.conf"], "DropInPaths")


def test_instance_starts_from_the_templates_settings(box):
    """Our drop-in of the template would be masked by the instance's: its settings are taken on."""
    template(box)
    box.write(f"{ETC}/ollama@.service.d/zz-ollama-gpu.conf",
              '[Service]\nEnvironment="OLLAMA_KEEP_ALIVE=9h"\n')
    box.sh("systemctl daemon-reload && systemctl start ollama@gpu0 && sleep 0.1")
    has_settings(box.snapshot("ollama@gpu0.service"), {"OLLAMA_KEEP_ALIVE": "9h"})
    box.tool("--unit", "ollama@gpu0", "configure", "--spread", *FAST).exits(0)
    has_settings(box.snapshot("ollama@gpu0.service"),
                 {"OLLAMA_KEEP_ALIVE": "9h", "OLLAMA_SCHED_SPREAD": "1"})


def test_another_unit_is_configured_alone(box):
    """`--unit` of another unit leaves ollama.service as it is."""
    own_unit(box, "e2e-second.service")
    box.sh("systemctl daemon-reload && systemctl start e2e-second && sleep 0.1")
    before = box.snapshot()
    box.tool("--unit", "e2e-second", *MAIN).exits(0)
    has_settings(box.snapshot("e2e-second.service"), WANTED)
    after = box.snapshot()
    equal(after.invocation, before.invocation, "InvocationID of ollama.service")
    equal(after.drop_ins, [], "DropInPaths of ollama.service")


def dependant(box, name, relation="Requires"):
    box.write(f"{ETC}/{name}", f"[Unit]\n{relation}=ollama.service\nAfter=ollama.service\n"
                               "[Service]\nExecStart=/bin/sleep infinity\n")
    box.sh("systemctl daemon-reload && systemctl start \"$1\"", name)


def test_dependants_that_restart_along_are_named(box):
    """Units that require this one restart with it; the plan names them."""
    dependant(box, "e2e-webui.service")
    dependant(box, "e2e-bound.service", "BindsTo")
    box.sh(f"printf '[Service]\\nExecStart=/bin/sleep infinity\\n' > {ETC}/e2e-other.service"
           " && systemctl daemon-reload && systemctl start e2e-other")
    plan = box.json(*MAIN, "--dry-run").exits(0).plan_text()
    matches(r"e2e-webui\.service", plan, "plan")
    matches(r"e2e-bound\.service", plan, "plan")
    lacks(r"e2e-other", plan, "plan")
    box.tool(*MAIN).exits(0)
    equal(box.sh("systemctl is-active e2e-webui e2e-bound").split(), ["active"] * 2, "dependants")


def test_dependants_are_not_named_where_nothing_restarts(box):
    """A plan without a restart names no dependants."""
    box.tool(*MAIN).exits(0)
    dependant(box, "e2e-webui.service")
    lacks("e2e-webui", box.json(*MAIN, "--dry-run").exits(0).plan_text(), "plan")


def test_environment_file_with_other_variables(box):
    """An EnvironmentFile that sets none of ours is no obstacle."""
    box.write("/e2e/scratch/env", "OLLAMA_NUM_PARALLEL=2\n")
    box.write(f"{DROP_IN_DIR}/10-file.conf", "[Service]\nEnvironmentFile=/e2e/scratch/env\n")
    box.restart()
    box.tool(*MAIN).exits(0)
    after = box.snapshot()
    has_settings(after, WANTED)
    equal(after.env_of_process().get("OLLAMA_NUM_PARALLEL"), "2", "OLLAMA_NUM_PARALLEL")


def test_address_from_an_environment_file(box):
    """The server is looked for where the effective OLLAMA_HOST says, wherever that is set."""
    box.write("/e2e/scratch/env", "OLLAMA_HOST=127.0.0.1:11700\n")
    box.write(f"{DROP_IN_DIR}/10-file.conf", "[Service]\nEnvironmentFile=/e2e/scratch/env\n")
    box.sh("systemctl daemon-reload && systemctl restart ollama")
    box.wait_for_answer(11700)
    result = box.json(*MAIN).exits(0)
    equal(result.evidence()["server"], "ok", "evidence of the server")


def test_proxies_are_ignored(box):
    """A proxy in the environment is not asked for an address on this machine."""
    result = box.run("env", "http_proxy=http://127.0.0.1:9", "HTTP_PROXY=http://127.0.0.1:9",
                     "ALL_PROXY=http://127.0.0.1:9", "/usr/local/bin/ollama-gpu", *MAIN)
    result.exits(0)
    has_settings(box.snapshot(), WANTED)


def test_unit_under_load_with_a_slow_start(box):
    """A server that needs two seconds until it answers is waited for."""
    box.standin(discovery_delay_ms=2000)
    result = box.json(*MAIN).exits(0)
    expect(result.seconds >= 2, f"it was done after {result.seconds:.1f} s")
    equal(result.evidence()["server"], "ok", "evidence of the server")


test_unit_under_load_with_a_slow_start.slow = True


def test_a_unit_that_waits_for_a_word(box):
    """Type=notify: Ollama never says that it is ready, so a restart is refused before anything is written."""
    box.write(f"{DROP_IN_DIR}/type.conf", "[Service]\nType=notify\n")
    before = box.snapshot()
    result = box.tool("configure", "--keep-alive", *FAST).exits(6)
    matches(r"could not start: Type=notify: Ollama never says that it is ready", result.err, "the reason")
    matches(r"type\.conf:2:1", result.err, "the place")
    nothing_changed(before, box.snapshot())


def test_drop_in_directories_that_are_links(box):
    """What systemd reads of a linked drop-in directory, absolute and relative: show says the same, doctor the rest."""
    box.sh(f"mkdir -p /srv/d {ETC}/other.service.d; rm -rf {DROP_IN_DIR}; for d in /srv/d {ETC}/other.service.d; do "
           "printf '[Service]\\nEnvironment=OLLAMA_MAX_QUEUE=77\\n' > $d/a.conf; done")
    for target, read in (("/srv/d", True), (f"{ETC}/other.service.d", True), ("../../../srv/d", True),
                         ("other.service.d", False), ("../system/other.service.d", False)):
        box.sh(f"ln -sfnT {target} {DROP_IN_DIR} && systemctl daemon-reload")
        seen = "a.conf" in box.sh("systemctl show ollama -P DropInPaths")
        equal(seen, read, f"systemd's own view of {target}")
        shown = box.json("show", "OLLAMA_MAX_QUEUE").exits(0).json["environment"]
        equal(bool(shown), seen, f"ours of {target}")
        codes = [f["code"] for f in box.json("doctor").exits(0, 11).json["findings"]]
        equal("OG115" in codes, not seen, f"OG115 for {target}: {codes}")
