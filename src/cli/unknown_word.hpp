// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu::cli {

struct Command;
class Program;

// The refusal (Errc::usage) of a command line without a command; `option`: one that belongs to a
// command.
Failure no_command(std::string_view option = {});

// Of a word that is no command, with the one that was probably meant.
Failure unknown_command(const std::string& word);

// Of an option that `command` does not take; nullptr: before any command.
Failure unknown_option(const Program& program, const std::string& word, const Command* command);

}  // namespace ollama_gpu::cli
