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
  CommandSpec{kCompletion, "completion", "SHELL", 1, "bash|zsh|fish",
    "a completion script for bash, zsh or fish",
    "Prints a script that completes commands, options and their values.",
    "ollama-gpu completion bash > /etc/bash_completion.d/ollama-gpu"},
  CommandSpec{kHelp, "help", "[COMMAND|TOPIC]", 1, "exit-codes|selectors",
    "help on a command, exit-codes or selectors",
    "The help of a command, or of a topic: exit-codes, selectors.",
    "ollama-gpu help selectors"},
};
// clang-format on

}  // namespace

std::span<const CommandSpec> all_commands() { return kCommands; }

}  // namespace ollama_gpu::cli
