# SPDX-License-Identifier: MIT
"""The main job: settings reach systemd and the process, and nothing else is touched."""
from harness import (DROP_IN, DROP_IN_DIR, ETC, FAST, FRAGMENT, GPU_UUIDS, MAIN, STARTS, STATE_DIR,
                     WANTED, changed_files, configured, equal, expect, has_no, has_settings, lacks,
                     matches)


def configure(box, *args):
    box.tool("configure", *args, *FAST).exits(0)
    return box.snapshot()


def test_settings_reach_systemd_and_the_process(box):
    """The main command puts its variables into systemd's Environment and into the process."""
    box.tool(*MAIN).exits(0)
    after = box.snapshot()
    has_settings(after, WANTED)
    equal((after.active, after.props["SubState"]), ("active", "running"), "state")
    equal(after.props["NeedDaemonReload"], "no", "NeedDaemonReload")
    equal(after.drop_ins, [DROP_IN], "DropInPaths")


def test_variables_of_the_unit_stay(box):
    """PATH, OLLAMA_HOST and OLLAMA_ORIGINS of the unit are in the process as before."""
    before = box.snapshot()
    after = configured(box)
    for name in ("PATH", "OLLAMA_HOST", "OLLAMA_ORIGINS"):
        expect(name in before.environment, f"the unit of this test sets no {name}")
        equal(after.env_of_process().get(name), before.env_of_process()[name], name)
    equal(after.environment_list[:3], before.environment_list, "the unit's own assignments")


def test_process_gets_no_other_variable(box):
    """The process's environment differs from the one before in the settings alone."""
    before = box.snapshot().env_of_process()
    box.tool(*MAIN).exits(0)
    after = box.snapshot().env_of_process()
    volatile = {"INVOCATION_ID", "JOURNAL_STREAM", "SYSTEMD_EXEC_PID"}
    changed = {k for k in set(before) | set(after) if before.get(k) != after.get(k)} - volatile
    equal(changed, set(WANTED), "variables that differ")


def test_unit_file_is_byte_for_byte_as_before(box):
    """The unit file keeps its bytes, mode, owner, time and inode."""
    before = box.snapshot().file(FRAGMENT)
    equal(configured(box).file(FRAGMENT), before, FRAGMENT)


def test_one_file_is_written(box):
    """Below /etc/systemd the drop-in and its directory are all that is new."""
    before = box.snapshot()
    box.tool(*MAIN).exits(0)
    after = box.snapshot()
    equal(changed_files(before, after), sorted([ETC, DROP_IN_DIR, DROP_IN]), "what changed")
    written = after.file(DROP_IN)
    equal((written["type"], written["mode"], written["owner"]), ("f", "644", "0:0"), DROP_IN)
    equal(after.file(DROP_IN_DIR)["mode"], "755", f"mode of {DROP_IN_DIR}")


def test_drop_in_says_who_owns_it(box):
    """The drop-in has a header, the selector as typed and one assignment a line."""
    box.tool(*MAIN).exits(0)
    text = box.read(DROP_IN).decode()
    header = text[:text.index("[Service]")]
    matches(r"^#.*ollama-gpu", header, "who owns it")
    matches(r"^#.*ollama-gpu.* configure", header, "how to change it")
    matches(r"^#.*ollama-gpu.* reset", header, "how to remove it")
    matches(r"^#.*\ball\b", header, "the selector as typed")
    lines = [line for line in text.splitlines() if line.startswith("Environment=")]
    wanted = [f'Environment="{name}={value}"' for name, value in WANTED.items()]
    equal(sorted(lines), sorted(wanted), "assignments")
    lacks(r"^Environment=\s*$", text, "an assignment that clears everybody's")


def test_service_is_restarted_once(box):
    """There is a new invocation, the first since, and no crash in between."""
    before = box.snapshot()
    starts = int(box.read(STARTS))
    box.tool(*MAIN).exits(0)
    after = box.snapshot()
    expect(after.invocation != before.invocation, "the service was not restarted")
    equal(after.props["NRestarts"], "0", "NRestarts")
    equal(int(box.read(STARTS)) - starts, 1, "starts of the service")


def test_every_kind_of_value_comes_back_byte_for_byte(box):
    """Whatever a value holds, the process gets exactly that."""
    values = {
        "E2E_BLANKS": "  a  b ", "E2E_QUOTES": "say \"hi\", it's", "E2E_TAB": "a\tb",
        "E2E_BACKSLASH": "C:\\Users\\n \\", "E2E_PERCENT": "%h %% %n 50%",
        "E2E_DOLLAR": "$HOME ${PATH} $$", "E2E_LINES": "one\ntwo\n",
        "E2E_HASH": "# not a comment ; nor this", "E2E_EQUALS": "a=b==",
        "E2E_UNICODE": "\u00e9 \u6f22\u5b57 \U0001f999", "E2E_CONTROL": "\x01\x1b[0m\x7f",
        "E2E_BRACKETS": "[Service]", "E2E_GLOB": "* ? ~ `id` !x",
    }
    pairs = [word for name, value in values.items() for word in ("--set", f"{name}={value}")]
    has_settings(configure(box, *pairs), values)


def test_other_names_of_the_unit_mean_the_same(box):
    """`--unit ollama` and `--unit ollama.service` are one unit with one drop-in."""
    box.tool("--unit", "ollama", *MAIN).exits(0)
    result = box.json("--unit=ollama.service", *MAIN).exits(0)
    equal(result.json["changed"], False, "changed")
    equal(box.snapshot().drop_ins, [DROP_IN], "DropInPaths")


def test_global_options_stand_before_and_after_the_command(box):
    """--json and --unit are taken before the command as well as after it."""
    first = box.tool("--json", "--unit", "ollama", "show").exits(0)
    second = box.tool("show", "--json", "--unit", "ollama").exits(0)
    matches(r'^\{.*"OLLAMA_HOST"', first.out, "output")
    equal(first.out, second.out, "output")
    box.tool("--unit", "e2e-missing", "show").exits(5)
    box.tool("show", "--unit", "e2e-missing").exits(5)


def test_some_gpus(box):
    """A selection that leaves GPUs out also keeps Vulkan from bringing them back."""
    after = configure(box, "--gpus", "1,3")
    has_settings(after, {"CUDA_VISIBLE_DEVICES": "1,3", "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
                         "OLLAMA_VULKAN": "0"})


def test_variables_added_on_behalf_are_named_in_the_plan(box):
    """The plan says which variables come along with --gpus, and why."""
    result = box.json("configure", "--gpus", "1,3", *FAST).exits(0)
    matches(r"CUDA_DEVICE_ORDER", result.plan_text(), "plan")
    matches(r"OLLAMA_VULKAN", result.plan_text(), "plan")


def test_variables_added_on_behalf_go_with_their_reason(box):
    """OLLAMA_VULKAN=0 goes away when all GPUs are selected again."""
    configure(box, "--gpus", "1,3")
    after = configure(box, "--gpus", "all")
    has_settings(after, {"CUDA_VISIBLE_DEVICES": "0,1,2,3", "CUDA_DEVICE_ORDER": "PCI_BUS_ID"})
    has_no(after, "OLLAMA_VULKAN")


def test_a_range_of_gpus(box):
    """`--gpus 0-2` is 0,1,2."""
    has_settings(configure(box, "--gpus", "0-2"), {"CUDA_VISIBLE_DEVICES": "0,1,2"})


def test_gpus_keep_the_order_typed(box):
    """`--gpus 3,0,3` is written as 3,0."""
    has_settings(configure(box, "--gpus", "3,0,3"), {"CUDA_VISIBLE_DEVICES": "3,0"})


def test_no_gpu(box):
    """`--gpus none` hides every GPU, without the empty value."""
    has_settings(configure(box, "--gpus", "none"),
                 {"CUDA_VISIBLE_DEVICES": "-1", "OLLAMA_VULKAN": "0"})


def test_a_unique_beginning_of_a_uuid(box):
    """A unique beginning of a UUID is written as the whole UUID."""
    after = configure(box, "--gpus", "GPU-58a8")
    has_settings(after, {"CUDA_VISIBLE_DEVICES": GPU_UUIDS[1], "OLLAMA_VULKAN": "0"})


def test_a_pci_address(box):
    """A PCI address, as nvidia-smi writes it, selects that GPU."""
    after = configure(box, "--gpus", "00000000:81:00.0")
    has_settings(after, {"CUDA_VISIBLE_DEVICES": GPU_UUIDS[2]})


def test_gpu_ids_as_uuids(box):
    """`--gpu-ids uuid` writes UUIDs, which need no CUDA_DEVICE_ORDER."""
    after = configure(box, "--gpus", "0,2", "--gpu-ids", "uuid")
    has_settings(after, {"CUDA_VISIBLE_DEVICES": f"{GPU_UUIDS[0]},{GPU_UUIDS[2]}"})
    has_no(after, "CUDA_DEVICE_ORDER")


def test_gpu_ids_as_indices(box):
    """`--gpu-ids index` writes indices for UUIDs typed."""
    after = configure(box, "--gpus", f"{GPU_UUIDS[3]},{GPU_UUIDS[0]}", "--gpu-ids", "index")
    has_settings(after, {"CUDA_VISIBLE_DEVICES": "3,0", "CUDA_DEVICE_ORDER": "PCI_BUS_ID"})


def test_indices_mean_what_nvidia_smi_shows(box):
    """The GPUs that Ollama finds are those selected, though CUDA would number them otherwise."""
    lines = box.read("/etc/nvml-standin.conf").decode().splitlines()
    speeds = iter((1, 2, 3, 4))
    box.write("/etc/nvml-standin.conf", "".join(
        f"{line} speed={next(speeds)}\n" if line.startswith("uuid=") else f"{line}\n"
        for line in lines))
    result = box.json("configure", "--gpus", "0", *FAST).exits(0)
    equal(result.evidence()["devices"], "ok", "evidence of the devices")
    log = box.sh('journalctl --no-pager -q -o cat "_SYSTEMD_INVOCATION_ID=$1"',
                 box.snapshot().invocation)
    matches(r'"inference compute".*pci_id=0000:01:00\.0', log, "Ollama's log")
    lacks(r'"inference compute".*pci_id=0000:c1:00\.0', log, "Ollama's log")


def test_typed_settings(box):
    """Each typed option writes its variable."""
    after = configure(box, "--num-parallel", "4", "--max-loaded-models", "2", "--max-queue", "99",
                      "--context-length", "8192", "--flash-attention", "on", "--kv-cache-type",
                      "q8_0", "--models", "/usr/share/ollama/m")
    has_settings(after, {
        "OLLAMA_NUM_PARALLEL": "4", "OLLAMA_MAX_LOADED_MODELS": "2", "OLLAMA_MAX_QUEUE": "99",
        "OLLAMA_CONTEXT_LENGTH": "8192", "OLLAMA_FLASH_ATTENTION": "1",
        "OLLAMA_KV_CACHE_TYPE": "q8_0", "OLLAMA_MODELS": "/usr/share/ollama/m"})


def test_listen_moves_the_server_and_is_checked_there(box):
    """`--listen` moves Ollama, and its answer is looked for at the new address."""
    result = box.json("configure", "--listen", "127.0.0.1:11500", *FAST).exits(0)
    equal(result.evidence()["server"], "ok", "evidence of the server")
    has_settings(box.snapshot(), {"OLLAMA_HOST": "127.0.0.1:11500"})
    box.wait_for_answer(11500)


def test_listen_on_all_addresses(box):
    """An address that means all of them is asked through loopback."""
    box.json("configure", "--listen", "0.0.0.0:11501", *FAST).exits(0)
    has_settings(box.snapshot(), {"OLLAMA_HOST": "0.0.0.0:11501"})
    box.wait_for_answer(11501)


def test_set_and_unset_of_a_variable_of_ours(box):
    """`--unset` takes back what `--set` wrote."""
    has_settings(configure(box, "--set", "OLLAMA_NOPRUNE=1", "--spread"), {"OLLAMA_NOPRUNE": "1"})
    after = configure(box, "--unset", "OLLAMA_NOPRUNE")
    has_no(after, "OLLAMA_NOPRUNE")
    equal(after.unset, [], "UnsetEnvironment")
    has_settings(after, {"OLLAMA_SCHED_SPREAD": "1"})


def test_unset_of_a_variable_of_the_unit(box):
    """`--unset` of what the unit sets keeps it from the process, and the plan says how."""
    result = box.json("configure", "--unset", "OLLAMA_ORIGINS", *FAST).exits(0)
    after = box.snapshot()
    expect("OLLAMA_ORIGINS" not in after.env_of_process(), "OLLAMA_ORIGINS is in the process")
    equal(after.unset, ["OLLAMA_ORIGINS"], "UnsetEnvironment")
    matches("UnsetEnvironment", result.plan_text() + result.json["diff"], "plan and diff")


def test_no_spread_of_our_own(box):
    """`--no-spread` removes the line that `--spread` wrote."""
    has_settings(configure(box, "--spread", "--num-parallel", "2"), {"OLLAMA_SCHED_SPREAD": "1"})
    has_no(configure(box, "--no-spread"), "OLLAMA_SCHED_SPREAD")


def test_no_spread_where_another_file_sets_it(box):
    """`--no-spread` writes =0 where another file switches it on."""
    box.write(f"{DROP_IN_DIR}/override.conf", '[Service]\nEnvironment="OLLAMA_SCHED_SPREAD=1"\n')
    box.restart()
    has_settings(configure(box, "--no-spread"), {"OLLAMA_SCHED_SPREAD": "0"})


def test_no_keep_alive_where_another_file_sets_it(box):
    """`--no-keep-alive` brings Ollama's default back where another file sets something else."""
    box.write(f"{DROP_IN_DIR}/override.conf", '[Service]\nEnvironment="OLLAMA_KEEP_ALIVE=-1"\n')
    box.restart()
    result = box.json("configure", "--no-keep-alive", *FAST).exits(0)
    value = box.snapshot().env_of_process().get("OLLAMA_KEEP_ALIVE", "5m")
    expect(value in ("5m", "300", "5m0s", ""), f"OLLAMA_KEEP_ALIVE={value} is not the default")
    equal(result.json["restarted"], True, "restarted")


def test_settings_from_a_file(box):
    """`--config FILE` takes the same options from TOML."""
    box.write("/e2e/scratch/gpu.toml",
              'gpus = "1,3"\nspread = true\nkeep-alive = "24h"\nnum-parallel = 2\n')
    has_settings(configure(box, "--config", "/e2e/scratch/gpu.toml"), {
        "CUDA_VISIBLE_DEVICES": "1,3", "OLLAMA_SCHED_SPREAD": "1", "OLLAMA_KEEP_ALIVE": "24h",
        "OLLAMA_NUM_PARALLEL": "2"})


def test_force_writes_what_ollama_would_misread(box):
    """With `--force` a value that is refused otherwise is written as it is."""
    box.tool("configure", "--set", "OLLAMA_SCHED_SPREAD=off", *FAST).exits(2)
    result = box.tool("configure", "--set", "OLLAMA_SCHED_SPREAD=off", "--force", *FAST).exits(11)
    matches("understood OLLAMA_SCHED_SPREAD=off as true", result.out, "what Ollama made of it")
    has_settings(box.snapshot(), {"OLLAMA_SCHED_SPREAD": "off"})


def test_state_is_closed_to_others(box):
    """Lock and generations lie in a directory that only root can enter."""
    box.tool(*MAIN).exits(0)
    state = box.snapshot().state_files
    expect(STATE_DIR in state, f"there is no {STATE_DIR}")
    equal((state[STATE_DIR]["mode"], state[STATE_DIR]["owner"]), ("700", "0:0"), STATE_DIR)
    lock = f"{STATE_DIR}/ollama.service.lock"
    expect(lock in state, f"there is no {lock} among {sorted(state)}")
    equal((state[lock]["mode"], state[lock]["type"]), ("600", "f"), lock)


def test_no_temporary_file_is_left(box):
    """After a change the drop-in is alone in its directory."""
    box.tool(*MAIN).exits(0)
    box.tool("configure", "--keep-alive=24h", *FAST).exits(0)
    equal(box.sh(f"ls -A {DROP_IN_DIR}").split(), ["zz-ollama-gpu.conf"], DROP_IN_DIR)


def test_preview_changes_nothing(box):
    """`--dry-run` prints plan and diff, and changes nothing."""
    before = box.snapshot()
    result = box.json(*MAIN, "--dry-run").exits(0)
    after = box.snapshot()
    equal(changed_files(before, after), [], "files that changed")
    equal((after.invocation, after.reloads), (before.invocation, before.reloads), "runs")
    for step in ("write", "reload", "restart"):
        expect(step in result.steps(), f"no step {step} in {result.steps()}")
    matches(r'^\+Environment="OLLAMA_KEEP_ALIVE=-1"', result.json["diff"], "diff")
    text = box.tool(*MAIN, "--dry-run").exits(0)
    matches(r'^\s*\+Environment="OLLAMA_KEEP_ALIVE=-1"', text.out, "diff as text")


def test_check_tells_by_exit_code(box):
    """`--check` exits 10 where something would change, 0 where nothing would; it never does."""
    before = box.snapshot()
    result = box.json(*MAIN, "--check").exits(10)
    equal(result.json["error"]["code"], "would_change", "error.code")
    equal(changed_files(before, box.snapshot()), [], "files that changed")
    box.tool(*MAIN).exits(0)
    settled = box.snapshot()
    box.json(*MAIN, "--check").exits(0)
    equal(box.snapshot().invocation, settled.invocation, "InvocationID")


def test_restart_never_writes_and_loads_only(box):
    """With `--restart never` systemd has the settings and the process keeps the old ones."""
    before = box.snapshot()
    result = box.json(*MAIN, "--restart", "never").exits(0, 11)
    after = box.snapshot()
    equal(after.invocation, before.invocation, "InvocationID")
    equal(after.environment.get("OLLAMA_KEEP_ALIVE"), "-1", "in systemd's Environment")
    expect("OLLAMA_KEEP_ALIVE" not in after.env_of_process(), "the process has the new settings")
    equal(result.evidence()["process"], "pending", "evidence of the process")
    equal(result.json["restarted"], False, "restarted")


def test_restart_always_restarts_an_unchanged_service(box):
    """With `--restart always` the service is restarted though nothing changes on disk."""
    box.tool(*MAIN).exits(0)
    before = box.snapshot()
    box.tool(*MAIN, "--restart", "always").exits(0)
    after = box.snapshot()
    expect(after.invocation != before.invocation, "the service was not restarted")
    equal(after.file(DROP_IN), before.file(DROP_IN), DROP_IN)


def test_no_verify_does_not_wait(box):
    """With `--no-verify` a service that never answers is neither waited for nor put back."""
    box.standin(misbehave="no-answer")
    result = box.tool("configure", "--keep-alive", "--no-verify", "--timeout=30").exits(0)
    expect(result.seconds < 10, f"it took {result.seconds:.1f} s")
    has_settings(box.snapshot(), {"OLLAMA_KEEP_ALIVE": "-1"})
