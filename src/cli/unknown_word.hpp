// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>

#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu::cli {

struct Command;
class Program;

// The refusal (Errc::usage) of the first of these words, which is no command, with what was
// probably meant.
Failure unknown_command(std::span<const std::string> words);

// Of an option that `command` does not take; nullptr: there is none.
Failure unknown_option(const Program& program, const std::string& word, const Command* command);

}  // namespace ollama_gpu::cli
