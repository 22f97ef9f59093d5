# SPDX-License-Identifier: MIT
"""The options of the module settings, and the words of the command line that they become."""
import re

GLOBAL = ("configure", "reset", "rollback", "verify")
CHANGES = ("configure", "reset", "rollback")
ONLY_CONFIGURE = ("configure",)


def option(commands, word="value", **spec):
    """An option of the module: the commands that take it, how it becomes words, its argument_spec."""
    if spec.get("type") == "bool" and word == "flag":
        spec["default"] = False
    return commands, word, spec


# The word: value (--x=VALUE), flag (--x), toggle (--x or --no-x), optional (--x, --x=VALUE or --no-x), patience (--x or
# --x=VALUE), pairs and items (once each), joined (--x=ONE,TWO), bare (the value alone).
OPTIONS = {
    "unit": option(GLOBAL, type="str"),
    "user": option(GLOBAL, "flag", type="bool"),
    "root": option(GLOBAL, type="path"),
    "gpus": option(ONLY_CONFIGURE, "joined", type="list", elements="str"),
    "gpu_ids": option(ONLY_CONFIGURE, type="str", choices=["auto", "index", "uuid"]),
    "spread": option(ONLY_CONFIGURE, "toggle", type="bool"),
    "split_mode": option(ONLY_CONFIGURE, "optional", type="raw"),
    "keep_alive": option(ONLY_CONFIGURE, "optional", type="raw"),
    "wait_for_gpus": option(ONLY_CONFIGURE, "optional", type="raw"),
    "replicas": option(ONLY_CONFIGURE, "optional", type="raw"),
    "num_parallel": option(ONLY_CONFIGURE, type="int"),
    "max_loaded_models": option(ONLY_CONFIGURE, type="int"),
    "max_queue": option(ONLY_CONFIGURE, type="int"),
    "context_length": option(ONLY_CONFIGURE, type="int"),
    "flash_attention": option(ONLY_CONFIGURE, type="str", choices=["on", "off", "auto"]),
    "kv_cache_type": option(ONLY_CONFIGURE, type="str"),
    "listen": option(ONLY_CONFIGURE, type="str"),
    "models": option(ONLY_CONFIGURE, type="str"),
    "set": option(ONLY_CONFIGURE, "pairs", type="dict"),
    "secrets": option(ONLY_CONFIGURE, "pairs", type="dict", no_log=True),
    "unset": option(ONLY_CONFIGURE, "items", type="list", elements="str"),
    "exact": option(ONLY_CONFIGURE, "flag", type="bool"),
    "preload": option(ONLY_CONFIGURE, "flag", type="bool"),
    "require_gpu": option(ONLY_CONFIGURE, "flag", type="bool"),
    "config": option(ONLY_CONFIGURE, type="path"),
    "force": option(("configure", "verify"), "flag", type="bool"),
    "restart": option(CHANGES, type="str", choices=["auto", "never", "always"]),
    "timeout": option(GLOBAL, type="float"),
    "settle": option(CHANGES, type="float"),
    "lock_timeout": option(CHANGES, type="float"),
    "when_idle": option(CHANGES, "patience", type="raw"),
    "no_rollback": option(CHANGES, "flag", type="bool"),
    "no_verify": option(CHANGES, "flag", type="bool"),
    "generation": option(("rollback",), "bare", type="int"),
    "list": option(("rollback",), "flag", type="bool"),
    "load": option(("verify",), type="str"),
    "probe": option(("verify",), type="str"),
    "strict": option(("verify",), "flag", type="bool"),
}
LONG_NAMES = {"secrets": "set"}  # where an option has another name on the command line


def argument_spec():
    spec = {
        "state": {"type": "str", "choices": ["present", "absent"]},
        "command": {"type": "str", "choices": list(GLOBAL)},
        "executable": {"type": "path"},
    }
    spec.update({name: described for name, (_, _, described) in OPTIONS.items()})
    return spec


def truth_of(value):
    """True and False, also as text, as templates write them; anything else is no truth value (None)."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(str(value).strip().lower())


def text_of(name, value):
    """The value as the program takes it; raises ValueError for what is no single value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return re.sub(r"\.0$", "", repr(value))
    if isinstance(value, (int, str)):
        return str(value)
    raise ValueError("{0} takes a text or a number, not {1!r}".format(name, value))


def words_of(name, value):
    """The words of the command line that say this."""
    word = OPTIONS[name][1]
    dashed = "--" + LONG_NAMES.get(name, name).replace("_", "-")
    if word == "flag":
        return [dashed] if value else []
    if word == "pairs":
        return ["{0}={1}={2}".format(dashed, key, text_of(key, one)) for key, one in value.items()]
    if word == "items":
        return ["{0}={1}".format(dashed, one) for one in value]
    if word == "joined":
        return ["{0}={1}".format(dashed, ",".join(value))]
    if word == "bare":
        return [text_of(name, value)]
    truth = truth_of(value) if word in ("toggle", "optional", "patience") else None
    if truth is True:
        return [dashed]
    if truth is False:
        return [] if word == "patience" else ["--no-" + dashed[2:]]
    return ["{0}={1}".format(dashed, text_of(name, value))]


def is_given(name, value):
    return value is not None and value != OPTIONS[name][2].get("default")


def command_of(params):
    """The program's command; without I(state) and I(command) what is named is to be there."""
    return params["command"] or ("reset" if params["state"] == "absent" else "configure")


def command_line(params, check_mode):
    """The words behind the program's name; raises ValueError for an option of another command."""
    command = command_of(params)
    words = [command, "--json"]
    for name, (commands, _, _) in OPTIONS.items():
        if not is_given(name, params[name]):
            continue
        # One task for both states has the settings in it for either.
        if params["state"] == "absent" and "configure" in commands and command not in commands:
            continue
        if command not in commands:
            raise ValueError("{0} is an option of {1}, not of {2}".format(name, " and ".join(commands), command))
        if name not in ("load", "probe") or not check_mode:
            words += words_of(name, params[name])
    if check_mode and command in CHANGES and not params["list"]:
        words.append("--dry-run")
    return words
