// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>

#include "cli/program.hpp"

namespace ollama_gpu::cli {

// What was meant by words where a command takes none, or an option that cannot be read: a refusal
// (Errc::usage) that says what to write. Nothing where nobody can tell.

// "gpus=all", "all", "OLLAMA_KEEP_ALIVE=1h", "CUDA_VISIBLE_DEVICES=0,1" for configure.
std::optional<Error> meant_by_operand(const Program& program, const Command& command,
                                      const std::string& word);

// An option that begins with another dash than ASCII's: the word with ASCII's.
std::optional<std::string> with_ascii_dashes(const std::string& word);

// "0 1 2 3" behind --gpus: the list that was meant.
std::string as_list(const std::string& first, std::span<const std::string> more);

}  // namespace ollama_gpu::cli
