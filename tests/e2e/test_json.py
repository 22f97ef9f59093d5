# SPDX-License-Identifier: MIT
"""--json: one object on stdout for every command and every outcome, with the fixed keys."""
import json

from harness import (DROP_IN_DIR, FAST, MAIN, SCHEMA, TOOL, equal, expect, matches, parse_json,
                     readonly, slow, validate)

CHANGE_KEYS = {"changed", "applied", "restarted", "rolled_back", "generation", "plan", "diff",
               "evidence"}
COMMON_KEYS = {"schema", "command", "ok", "exit_code"}
LEVELS = {"file", "manager", "process", "server", "devices", "memory"}
STATUSES = {"ok", "failed", "pending", "skipped"}


def has_keys(value, keys, what):
    missing = set(keys) - set(value)
    expect(not missing, f"{what}: keys missing: {sorted(missing)}; there are {sorted(value)}")


def is_evidence(entries):
    expect(entries, "there is no evidence")
    for entry in entries:
        has_keys(entry, ("level", "status", "detail"), "evidence")
        expect(entry["level"] in LEVELS and entry["status"] in STATUSES, f"evidence: {entry}")


def is_change(value):
    has_keys(value, COMMON_KEYS | CHANGE_KEYS, value["command"])
    for step in value["plan"]:
        has_keys(step, ("step", "path", "reason"), "plan")
    for key in ("changed", "applied", "restarted", "rolled_back"):
        expect(isinstance(value[key], bool), f"{key} is {value[key]!r}")
    expect(isinstance(value["diff"], str), "diff is no text")


@readonly
def test_schema_is_valid(_box):
    """There is a schema under docs/, it is one, and it refuses what is none of ours."""
    import jsonschema  # pylint: disable=import-outside-toplevel
    expect(SCHEMA.exists(), f"there is no {SCHEMA.name} under docs/")
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)
    validator.check_schema(schema)
    for wrong in ({}, [], {"schema": "ollama-gpu/1"},
                  {"schema": "ollama-gpu/1", "command": "gpus", "ok": "yes", "exit_code": 0},
                  {"schema": "ollama-gpu/2", "command": "gpus", "ok": True, "exit_code": 0}):
        expect(list(validator(schema).iter_errors(wrong)), f"the schema takes {wrong}")


def test_configure(box):
    """configure: the keys of a change, true to what was done."""
    value = box.json(*MAIN).exits(0).json
    is_change(value)
    is_evidence(value["evidence"])
    equal((value["changed"], value["applied"], value["restarted"], value["rolled_back"]),
          (True, True, True, False), "report")
    expect(isinstance(value["generation"], int), f"generation is {value['generation']!r}")


def test_configure_without_a_change(box):
    """configure with nothing to do: the same keys, no generation."""
    box.tool(*MAIN).exits(0)
    value = box.json(*MAIN).exits(0).json
    is_change(value)
    equal((value["changed"], value["restarted"], value["generation"], value["diff"]),
          (False, False, None, ""), "report")


@readonly
def test_configure_previews(box):
    """configure --dry-run and --check: the same keys, nothing applied."""
    is_change(box.json(*MAIN, "--dry-run").exits(0).json)
    value = box.json(*MAIN, "--check").exits(10).json
    is_change(value)
    equal((value["applied"], value["restarted"]), (False, False), "applied, restarted")


def test_reset(box):
    """reset: the keys of a change."""
    box.tool(*MAIN).exits(0)
    value = box.json("reset", *FAST).exits(0).json
    is_change(value)
    expect(value["diff"].count("\n-") >= 4, f"diff: {value['diff']}")


def test_verify(box):
    """verify: evidence; a level that does not hold is an error as well."""
    box.tool(*MAIN).exits(0)
    is_evidence(box.json("verify").exits(0).json["evidence"])
    box.standin(misbehave="cpu")
    box.sh("systemctl restart ollama")
    box.wait_for_answer()
    value = box.json("verify").exits(11).json
    is_evidence(value["evidence"])
    equal(value["error"]["code"], "not_verified", "error.code")


@readonly
def test_status(box):
    """status: unit, settings, gpus, models, evidence."""
    value = box.json("status").json
    has_keys(value, COMMON_KEYS | {"unit", "settings", "gpus", "models", "evidence"}, "status")


@readonly
def test_show(box):
    """show: environment with provenance, unit_environment, fragment, drop_ins."""
    value = box.json("show").exits(0).json
    has_keys(value, COMMON_KEYS | {"environment", "unit_environment", "fragment", "drop_ins"},
             "show")
    for entry in value["environment"].values():
        has_keys(entry, ("value", "source", "overridden"), "environment")
        has_keys(entry["source"], ("file", "line", "directive"), "source")


@readonly
def test_gpus(box):
    """gpus: the fixed keys of each GPU."""
    for gpu in box.json("gpus").exits(0).json["gpus"]:
        has_keys(gpu, ("index", "uuid", "pci", "vendor", "name", "memory_total", "memory_used",
                       "utilization", "driver", "mig", "visible_to_ollama"), "gpus")


@readonly
def test_other_commands(box):
    """settings, completion and help print one object too."""
    for words in (("settings",), ("settings", "OLLAMA_KEEP_ALIVE"), ("completion", "bash"),
                  ("help", "exit-codes")):
        box.json(*words).exits(0)


@readonly
def test_usage_error(box):
    """A usage error: error with code, message and hint; nothing else on stdout."""
    for words in (("configure", "--keep-alive=1d"), ("configure", "--no-such-option"),
                  ("no-such-command",), ("gpus", "--color", "blue")):
        value = parse_json(box.tool(*words, "--json").exits(2), None)
        has_keys(value["error"], ("code", "message", "hint"), "error")
        equal(value["error"]["code"], "usage", "error.code")


def test_conflict_has_a_location(box):
    """A conflict: error.location has file, line and column."""
    path = f"{DROP_IN_DIR}/zzz.conf"
    box.write(path, "# first\n[Service]\nEnvironment=OLLAMA_KEEP_ALIVE=5m\n")
    box.restart()
    location = box.json(*MAIN).exits(6).json["error"]["location"]
    equal((location["file"], location["line"]), (path, 3), "location")
    expect(location["column"] >= 1, f"column {location['column']}")


@slow
def test_rolled_back(box):
    """A change that was put back: the keys of a change and the error in one object."""
    box.standin(misbehave="exit-at-start", misbehave_if="OLLAMA_KEEP_ALIVE=-1")
    value = box.json("configure", "--keep-alive", "--settle=1", "--timeout=20").exits(7).json
    is_change(value)
    equal((value["rolled_back"], value["applied"]), (True, False), "rolled_back, applied")
    has_keys(value["error"], ("code", "message", "hint"), "error")


@readonly
def test_nothing_but_the_object_on_stdout(box):
    """With --json and --verbose, messages go to stderr all the same."""
    result = box.tool(*MAIN, "--dry-run", "--json", "--verbose").exits(0)
    validate(parse_json(result, "configure"), "configure")
    expect(result.out.endswith("}\n"), "the object does not end with a line end")


def test_quiet_still_prints_the_object(box):
    """--json --quiet prints the object and nothing on stderr."""
    result = box.tool(*MAIN, "--json", "--quiet").exits(0)
    parse_json(result, "configure")
    equal(result.err, "", "stderr")


def test_values_that_are_not_text(box):
    """Bytes that are no UTF-8 in the process's environment do not break the JSON."""
    box.write("/etc/systemd/system/e2e-bytes.service",
              b"[Service]\nEnvironmentFile=-/e2e/scratch/none\nEnvironment=HOME=/run/e2e\n"
              b"Environment=OLLAMA_HOST=127.0.0.1:11800\nExecStart=/bin/sh -c 'E2E=$$(printf "
              b"\\\\377) exec /usr/local/bin/ollama serve'\n")
    box.sh("systemctl daemon-reload && systemctl start e2e-bytes && sleep 0.2")
    for words in (("status",), ("show",), ("verify",)):
        result = box.run(TOOL, "--unit", "e2e-bytes", *words, "--json").exits(0, 11)
        parse_json(result, words[0])
        matches("e2e-bytes", result.out, words[0])
