// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "ollama_gpu/cli/option_table.hpp"
#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu::cli {

// The refusal (Errc::usage) of a word that is no command, with the one that was probably meant.
Failure unknown_command(const std::string& word);

// The same for an option that `command` does not take; nullptr: before any command.
Failure unknown_option(const std::string& word, const CommandSpec* command);

}  // namespace ollama_gpu::cli
