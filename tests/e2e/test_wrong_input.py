# SPDX-License-Identifier: MIT
"""Wrong input: exit 2 or 5, a message that names the accepted values, a hint, nothing changed."""
from harness import FAST, TOOL, equal, expect, matches, parse_json, readonly


def refused(args, *patterns, rc=(2,), file=None):
    """A test that this command line is refused so, as text and as JSON, and changes nothing."""
    @readonly
    def test(box):
        if file:
            box.write("/e2e/scratch/bad.toml", file)
        result = box.run(TOOL, *args).exits(*rc)
        equal(result.out, "", "stdout")
        matches(r"^\s*hint:", result.err, "hint")
        for pattern in patterns:
            matches(pattern, result.err, "message")
        report = box.run(TOOL, *args, "--json").exits(result.rc)
        error = parse_json(report, None)["error"]
        equal(error["code"], {2: "usage", 5: "not_found"}[result.rc], "error.code")
        expect(error["message"] and error["hint"], f"message or hint is missing: {error}")
    test.__doc__ = f"Refused: {' '.join(map(repr, args))}"
    return test


def setting(*args):
    return ("configure", *args, *FAST)


CONFIG = setting("--config", "/e2e/scratch/bad.toml")

test_duration_in_days = refused(setting("--keep-alive=1d"), "1d", "24h")
test_duration_after_a_blank = refused(setting("--keep-alive", "24h"), "--keep-alive=24h")
test_duration_in_words = refused(setting("--keep-alive=forever"), "forever", "-1")
test_duration_empty = refused(setting("--keep-alive="), "keep-alive")
test_flag_with_a_value = refused(setting("--spread=2"), "--spread")
test_flag_and_its_opposite = refused(setting("--spread", "--no-spread"), "--spread", "--no-spread")
test_gpu_that_is_not_there = refused(setting("--gpus", "9"), r"\b9\b", "A100|GPU-3b1ae1f2", rc=(5,))
test_gpu_range_beyond_the_end = refused(setting("--gpus", "2-5"), r"\b[45]\b", rc=(5,))
test_gpus_empty = refused(setting("--gpus", ""), r"\ball\b", r"\bnone\b")
test_gpus_without_a_value = refused(("configure", "--gpus"), "--gpus")
test_gpus_backwards = refused(setting("--gpus", "3-1"), "3-1")
test_gpus_with_an_empty_part = refused(setting("--gpus", "0,,1"), "0,,1")
test_gpus_in_words = refused(setting("--gpus", "every"), "every", r"\ball\b")
test_gpus_with_an_unknown_condition = refused(setting("--gpus", "min-fre=1GiB"), "min-free")
test_gpu_prefix_of_two = refused(setting("--gpus", "GPU-58"), "GPU-58a8c7d0", "GPU-58b2f946",
                                 rc=(2, 5))
test_gpu_prefix_of_none = refused(setting("--gpus", "GPU-ffff"), "GPU-ffff", rc=(5,))
test_gpu_condition_that_none_meets = refused(setting("--gpus", "min-total=900GiB"),
                                             "GPU-3b1ae1f2|A100", rc=(5,))
test_gpu_count_beyond_the_end = refused(setting("--gpus", "count=5"), r"\b5\b", rc=(5,))
test_root_that_is_this_system = refused(("--root", "/", *setting("--gpus", "0")), "--root")
test_cache_type = refused(setting("--kv-cache-type", "q3"), "q3", "q8_0", "f16")
test_flash_attention = refused(setting("--flash-attention", "maybe"), r"\bon\b", r"\boff\b", "auto")
test_number_negative = refused(setting("--num-parallel=-1"), "-1", "whole number")
test_number_in_words = refused(setting("--max-queue", "many"), "many", "whole number")
test_number_with_a_unit = refused(setting("--context-length", "8k"), "8k", "whole number")
test_port_too_large = refused(setting("--listen", "127.0.0.1:99999"), "99999")
test_models_relative = refused(setting("--models", "my/models"), "my/models", "absolute")
test_name_with_a_digit_first = refused(setting("--set", "1A=x"), "1A")
test_name_with_a_dash = refused(setting("--set", "A-B=x"), "A-B")
test_pair_without_a_value = refused(setting("--set", "OLLAMA_DEBUG"), "OLLAMA_DEBUG")
test_near_miss_of_a_name = refused(setting("--set", "OLLAMA_KEEPALIVE=1h"), "OLLAMA_KEEPALIVE",
                                   "OLLAMA_KEEP_ALIVE")
test_known_setting_in_set = refused(setting("--set", "OLLAMA_SCHED_SPREAD=off"), r"\boff\b",
                                    r"\b0\b")
test_known_duration_in_set = refused(setting("--set", "OLLAMA_LOAD_TIMEOUT=1d"), "1d", "24h")
test_known_bytes_in_set = refused(setting("--set", "OLLAMA_GPU_OVERHEAD=1G"), "1G", "bytes")
test_empty_device_list = refused(setting("--set", "CUDA_VISIBLE_DEVICES="), "CUDA_VISIBLE_DEVICES")
test_unset_of_no_name = refused(setting("--unset", "1A"), "1A")
test_value_not_utf8 = refused(setting("--set", b"E2E_BYTES=\xff\xfe"), "UTF-8")
test_timeout_in_words = refused(("configure", "--spread", "--timeout", "soon"), "soon")
test_timeout_negative = refused(("configure", "--spread", "--timeout=-5"), "-5")
test_restart_mode = refused(setting("--spread", "--restart", "maybe"), "auto", "never", "always")
test_config_key = refused(CONFIG, r"bad\.toml:2:1", "spreed", r"\bspread\b",
                          file='gpus = "all"\nspreed = true\n')
test_config_type = refused(CONFIG, r"bad\.toml:1:\d+", "num-parallel",
                           file='num-parallel = "four"\n')
test_config_value = refused(CONFIG, r"bad\.toml:2:\d+", "1d", "24h",
                            file='spread = true\nkeep-alive = "1d"\n')
test_config_syntax = refused(CONFIG, r"bad\.toml:2:\d+", file='spread = true\ngpus = "0\n')
test_config_missing = refused(setting("--config", "/e2e/no-such.toml"), r"/e2e/no-such\.toml",
                              rc=(2, 5))
test_unit_name_with_a_path = refused(("--unit", "../../etc/passwd", *setting("--spread")),
                                     r"\.\./\.\./etc/passwd", rc=(2, 5))
test_unit_of_another_type = refused(("--unit", "dbus.socket", *setting("--spread")),
                                    r"dbus\.socket", r"service", rc=(2, 5))
test_unit_name_empty = refused(("--unit", "", *setting("--spread")), "unit", rc=(2, 5))
test_command_mistyped = refused(("confgure", "--spread"), "confgure", r"\bconfigure\b")
test_option_mistyped = refused(setting("--keepalive"), "--keepalive", r"--keep-alive")
test_global_option_mistyped = refused(("gpus", "--colour", "never"), "--colour", r"--color")
test_color_mode = refused(("gpus", "--color", "blue"), "blue", "auto", "always", "never")
test_setting_unknown = refused(("settings", "OLLAMA_SCHED_SPRAED"), "OLLAMA_SCHED_SPREAD",
                               rc=(2, 5))
test_shell_unknown = refused(("completion", "tcsh"), "bash", "zsh", "fish")
test_too_many_words = refused(("configure", "gpus"), r"\bgpus\b")
test_help_topic_unknown = refused(("help", "exit-cods"), "exit-codes", rc=(2, 5))


@readonly
def test_refusal_before_anything_is_asked(box):
    """A usage error is told without root and without systemd too."""
    result = box.run("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", TOOL,
                     *setting("--keep-alive=1d")).exits(2)
    matches("24h", result.err, "message")
