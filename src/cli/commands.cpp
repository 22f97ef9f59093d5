// SPDX-License-Identifier: MIT
#include "commands.hpp"

#include <algorithm>
#include <array>

namespace ollama_gpu::cli {
namespace {

// name, summary, description, examples, declare, read, run
// clang-format off
constexpr std::array kCommands{
  Command{"configure",
    "set what is named, restart Ollama if it must, and prove it",
    "Merges the settings named into one drop-in of the service, makes systemd load it, restarts "
    "Ollama only if its process does not have them already, and checks the result. If Ollama is "
    "not healthy afterwards, everything is put back. Without a setting it makes true what the "
    "drop-in already says. Run twice, the second run changes nothing.",
    "sudo ollama-gpu configure --gpus all --spread --keep-alive\n"
    "ollama-gpu configure --gpus 0-3 --keep-alive=24h --dry-run",
    declare_configure, read_configure, run_configure},
  Command{"reset",
    "take our settings out again",
    "Removes our drop-in, and nothing else; then as configure does.",
    "sudo ollama-gpu reset",
    declare_reset, nullptr, run_reset},
  Command{"rollback",
    "undo the last change, or go back to an earlier one",
    "Brings back the files as they were before the last change, or as they were right after "
    "GENERATION; then as configure does. Every change is a generation, this one too: rollback "
    "again redoes what it undid. A file that was not ours and was changed since is never "
    "overwritten. The last 20 generations are kept.",
    "sudo ollama-gpu rollback\n"
    "sudo ollama-gpu rollback --list\n"
    "sudo ollama-gpu rollback 3 --dry-run",
    declare_rollback, nullptr, run_rollback},
  Command{"status",
    "one page: the service, its settings, GPUs and models",
    "The service, the settings in force and where they come from, the GPUs with their memory and "
    "what Ollama holds on them, the models loaded, and the evidence. Changes nothing. --watch "
    "leaves the evidence out.",
    "ollama-gpu status\n"
    "ollama-gpu status --watch",
    declare_status, nullptr, run_status},
  Command{"show",
    "the environment Ollama gets, and which file says so",
    "Every variable as systemd would set it, with the file and line that wins and those that it "
    "beats. Reads files only: needs no systemd running.",
    "ollama-gpu show OLLAMA_HOST CUDA_VISIBLE_DEVICES",
    declare_show, nullptr, run_show},
  Command{"verify",
    "check on every level that the settings hold",
    "The evidence, level by level: file, manager, process, server, devices. Changes nothing. "
    "Exit code 11 if something does not hold. --load MODEL adds the level memory: the bytes that "
    "this service holds on each GPU before and after. A model that is loaded already is only "
    "looked at, one that was loaded for this is unloaded again; where others are loaded it is "
    "refused (exit code 9), for they might be pushed out.",
    "ollama-gpu verify --json\n"
    "sudo ollama-gpu verify --load llama3.3:70b",
    declare_verify, nullptr, run_verify},
  Command{"doctor",
    "find what is wrong or risky about the configuration",
    "Everything in the unit, its drop-ins and environment files that is not read as it was meant, "
    "that hides GPUs, or that is risky: each with a code, its place, why it matters and what to do. "
    "Changes nothing without --fix. Exit code 11 if there is an error or a warning.",
    "ollama-gpu doctor\n"
    "sudo ollama-gpu doctor --fix --dry-run\n"
    "ollama-gpu doctor --ignore OG401 --fail-on error",
    declare_doctor, read_doctor, run_doctor},
  Command{"gpus",
    "the GPUs there are",
    "The GPUs of this machine with their memory, whether Ollama may use them, what it holds on "
    "each, and the processes that hold memory there.",
    "ollama-gpu gpus",
    nullptr, nullptr, run_gpus},
  Command{"settings",
    "the settings it knows",
    "Every variable that Ollama or a GPU runtime reads, as far as it is known here: what it does, "
    "its default, and the values it takes.",
    "ollama-gpu settings OLLAMA_KEEP_ALIVE",
    declare_settings, nullptr, run_settings},
  Command{"wait",
    "wait until GPUs can be used",
    "Waits until the drivers show the GPUs and this user can open their device files. Exit code 5 "
    "where that does not come true in time. This is what configure --wait-for-gpus puts before "
    "Ollama's start.",
    "ollama-gpu wait --gpus 0-3 --timeout 120",
    declare_wait, read_wait, run_wait},
  Command{"completion",
    "a completion script for bash, zsh or fish",
    "Prints a script that completes commands, options and their values.",
    "ollama-gpu completion bash > /etc/bash_completion.d/ollama-gpu",
    declare_completion, nullptr, run_completion},
  Command{"help",
    "help on a command, a setting, exit-codes, selectors, findings",
    "The help of a command, of a setting, of a topic (exit-codes, selectors, findings), or of one "
    "finding of doctor by its code.",
    "ollama-gpu help selectors\n"
    "ollama-gpu help OG602",
    declare_help, nullptr, run_help},
};
// clang-format on

}  // namespace

std::span<const Command> all_commands() { return kCommands; }

const Command* find_command(std::string_view name) {
  const auto* found = std::ranges::find(kCommands, name, &Command::name);
  return found == kCommands.end() ? nullptr : found;
}

}  // namespace ollama_gpu::cli
