// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"

#include <algorithm>
#include <array>

namespace ollama_gpu::cli {
namespace {

constexpr std::array kCommands{&kConfigure, &kReset, &kRollback, &kStatus, &kShow,       &kVerify,
                               &kDoctor,    &kGpus,  &kSettings, &kWait,   &kCompletion, &kHelp};

}  // namespace

std::span<const Command* const> all_commands() { return kCommands; }

const Command* find_command(std::string_view name) {
  const auto named = [&](const Command* command) { return command->name == name; };
  const auto* const found = std::ranges::find_if(kCommands, named);
  return found == kCommands.end() ? nullptr : *found;
}

}  // namespace ollama_gpu::cli
