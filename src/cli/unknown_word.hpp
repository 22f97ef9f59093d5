// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu::cli {

struct Command;
class Program;

// The refusal (Errc::usage) of a word that is no command, with the one that was probably meant.
Failure unknown_command(const std::string& word);

// Of an option that `command` does not take; nullptr: there is none.
Failure unknown_option(const Program& program, const std::string& word, const Command* command);

}  // namespace ollama_gpu::cli
