// SPDX-License-Identifier: MIT
#include <array>

#include "ollama_gpu/cli/option_table.hpp"

namespace ollama_gpu::cli {
namespace {

// bit, name, operands, how many at most, fixed operands, summary, description, examples
// clang-format off
constexpr std::array kCommands{
  CommandSpec{kConfigure, "configure", "", 0, "",
    "set what is named, restart Ollama if it must, and prove it",
    "Merges the settings named into one drop-in of the service, makes systemd load it, restarts "
    "Ollama only if its process does not have them already, and checks the result. If Ollama is "
    "not healthy afterwards, everything is put back. Without a setting it makes true what the "
    "drop-in already says. Run twice, the second run changes nothing.",
    "sudo ollama-gpu configure --gpus all --spread --keep-alive\n"
    "ollama-gpu configure --gpus 0-3 --keep-alive=24h --dry-run"},
  CommandSpec{kReset, "reset", "", 0, "",
    "take our settings out again",
    "Removes our drop-in, and nothing else; then as configure does.",
    "sudo ollama-gpu reset"},
  CommandSpec{kRollback, "rollback", "[GENERATION]", 1, "",
    "undo the last change, or go back to an earlier one",
    "Brings back the files as they were before the last change, or as they were right after "
    "GENERATION; then as configure does. Every change is a generation, this one too: rollback "
    "again redoes what it undid. A file that was not ours and was changed since is never "
    "overwritten. The last 20 generations are kept.",
    "sudo ollama-gpu rollback\n"
    "sudo ollama-gpu rollback --list\n"
    "sudo ollama-gpu rollback 3 --dry-run"},
  CommandSpec{kStatus, "status", "", 0, "",
    "one page: the service, its settings, GPUs and models",
    "The service, the settings in force and where they come from, the GPUs with their memory and "
    "what Ollama holds on them, the models loaded, and the evidence. Changes nothing. --watch "
    "leaves the evidence out.",
    "ollama-gpu status\n"
    "ollama-gpu status --watch"},
  CommandSpec{kShow, "show", "[VARIABLE...]", 1000, "",
    "the environment Ollama gets, and which file says so",
    "Every variable as systemd would set it, with the file and line that wins and those that it "
    "beats. Reads files only: needs no systemd running.",
    "ollama-gpu show OLLAMA_HOST CUDA_VISIBLE_DEVICES"},
  CommandSpec{kVerify, "verify", "", 0, "",
    "check on every level that the settings hold",
    "The evidence, level by level: file, manager, process, server, devices. Changes nothing. "
    "Exit code 11 if something does not hold. --load MODEL adds the level memory: the bytes that "
    "this service holds on each GPU before and after. A model that is loaded already is only "
    "looked at, one that was loaded for this is unloaded again; where others are loaded it is "
    "refused (exit code 9), for they might be pushed out.",
    "ollama-gpu verify --json\n"
    "sudo ollama-gpu verify --load llama3.3:70b"},
  CommandSpec{kDoctor, "doctor", "", 0, "",
    "find what is wrong or risky about the configuration",
    "Everything in the unit, its drop-ins and environment files that is not read as it was meant, "
    "that hides GPUs, or that is risky: each with a code, its place, why it matters and what to do. "
    "Changes nothing without --fix. Exit code 11 if there is an error or a warning.",
    "ollama-gpu doctor\n"
    "sudo ollama-gpu doctor --fix --dry-run\n"
    "ollama-gpu doctor --ignore OG401 --fail-on error"},
  CommandSpec{kGpus, "gpus", "", 0, "",
    "the GPUs there are",
    "The GPUs of this machine with their memory, whether Ollama may use them, what it holds on "
    "each, and the processes that hold memory there.",
    "ollama-gpu gpus"},
  CommandSpec{kSettings, "settings", "[NAME]", 1, "",
    "the settings it knows",
    "Every variable that Ollama or a GPU runtime reads, as far as it is known here: what it does, "
    "its default, and the values it takes.",
    "ollama-gpu settings OLLAMA_KEEP_ALIVE"},
  CommandSpec{kWait, "wait", "", 0, "",
    "wait until GPUs can be used",
    "Waits until the drivers show the GPUs and this user can open their device files. Exit code 5 "
    "where that does not come true in time. This is what configure --wait-for-gpus puts before "
    "Ollama's start.",
    "ollama-gpu wait --gpus 0-3 --timeout 120"},
  CommandSpec{kCompletion, "completion", "SHELL", 1, "bash|zsh|fish",
    "a completion script for bash, zsh or fish",
    "Prints a script that completes commands, options and their values.",
    "ollama-gpu completion bash > /etc/bash_completion.d/ollama-gpu"},
  CommandSpec{kHelp, "help", "[COMMAND|TOPIC]", 1, "exit-codes|selectors|findings",
    "help on a command, a setting, exit-codes, selectors, findings",
    "The help of a command, of a setting, of a topic (exit-codes, selectors, findings), or of one "
    "finding of doctor by its code.",
    "ollama-gpu help selectors\n"
    "ollama-gpu help OG602"},
};
// clang-format on

}  // namespace

std::span<const CommandSpec> all_commands() { return kCommands; }

}  // namespace ollama_gpu::cli
