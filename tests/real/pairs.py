# SPDX-License-Identifier: MIT
"""The values that each setting is tried with: good, odd and bad ones, by its type.

{home} is the home directory of whoever runs Ollama.
"""
SWITCH = ("1", "0", "true", "False", "off", "yes", "2", "")
SWITCH_LONG = ("t", "T", "f", "F", "TRUE", "FALSE", "True", "false", "tRUE", "on", "no", "enabled",
               "-1", "abc", " 1 ", '"1"', "'0'", "01")
DURATION = ("7m", "24h", "310", "0", "-1", "1h30m", "-5m", "1.5h", "90s", "1d", "1w", "forever", "",
            "1 h", "5M", "2562047h", "9999999h", "100000000000", '"10m"', " 10m ", "1h 30m")
NUMBER = ("1", "0", "6", "-1", "abc", "1.5", "0x10", "+6", " 6 ", '"6"', "")
NUMBER_LONG = ("007", "1e3", "1_000", "1,000", "4k", "4294967296", "18446744073709551616")
BYTES = ("1073741824", "0", "1GiB", "512MB", "1e9", "-1", "1.5", " 1024 ", "")
DEVICES = ("0", "0,1", "1,0", "-1", "0, 1", "GPU-3b1ae1f2-7c40-4d1e-9a55-0c8f6e2d1a01", "abc", "")

BY_TYPE = {
    "boolean": SWITCH,
    "tri_state": SWITCH,
    "duration": DURATION,
    "unsigned_integer": NUMBER,
    "bytes": BYTES,
    "device_ids": DEVICES,
    "cache_type": ("f16", "q8_0", "q4_0", "bf16", "f32", "q4_1", "q5_0", "q5_1", "iq4_nl", "Q8_0", "q8",
                   "turbo", ""),
    "host": ("127.0.0.1", "127.0.0.1:12000", ":12000", "0.0.0.0", "0.0.0.0:12000", "localhost",
             "localhost:12000", "[::1]:12000", "[::1]", "::1", "::", "http://127.0.0.1:12000",
             "https://127.0.0.1:12000", "http://127.0.0.1", "127.0.0.1:12000/path", "127.0.0.1:0",
             "127.0.0.1:99999", "127.0.0.1:abc", "unix:///run/ollama.sock", "nosuch.invalid:12000",
             "192.0.2.1:12000", "[::1%lo]:12000", "'127.0.0.1:12000'", ""),
    "path": ("{home}/models", "{home}/new/er", "/proc/ollama", "models", "~/models", ""),
    "list": ("a.b", "a.b,c.d", "a.b, c.d", ""),
    "text": ("word", " word ", '"word"', "two words", ""),
}

BY_NAME = {
    "OLLAMA_SCHED_SPREAD": SWITCH + SWITCH_LONG,
    "OLLAMA_NUM_PARALLEL": NUMBER + NUMBER_LONG,
    "OLLAMA_MAX_QUEUE": NUMBER + ("1000000", "2147483647"),
    "OLLAMA_DEBUG": ("1", "0", "true", "false", "2", "3", "-1", "-4", "abc", "debug", ""),
    "OLLAMA_ORIGINS": ("*", "http://a.b", "https://a.b:8080", "http://a.b,http://c.d", "http://*.a.b",
                       "http://a.b, http://c.d", "app://x", "chrome-extension://*", "a.b", "null",
                       "a.b:*", "http://a.b,", ""),
    "OLLAMA_REMOTES": ("ollama.com", "a.b", "a.b,c.d", "a.b, c.d", ""),
    "OLLAMA_LLM_LIBRARY": ("cpu", "cuda_v12", "cuda_v13", "vulkan", "nonsense", ""),
    "LLAMA_ARG_FIT": ("on", "off", "1", "auto", ""),
    "LLAMA_ARG_FIT_TARGET": ("1024", "512,1024", "1024MiB", ""),
    "HSA_OVERRIDE_GFX_VERSION": ("10.3.0", "gfx1030", ""),
    "NO_PROXY": ("localhost,127.0.0.1", "*", ""),
    "no_proxy": ("localhost,127.0.0.1", "*", ""),
    **{name: ("http://proxy.invalid:3128", "proxy.invalid:3128", "")
       for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")},
}


def values_of(setting):
    """The values for one setting of `settings --json`."""
    return BY_NAME.get(setting["name"]) or BY_TYPE[setting["type"]]


def filled(value, home):
    """The value as Ollama gets it."""
    return value.replace("{home}", home)
