// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/program.hpp"

namespace ollama_gpu::cli {

// Words that CLI11 reads without a guess: the command, its options and the global ones with every
// value a word of its own, "--" and the operands.
struct Settled {
  std::vector<std::string> words = {};
  const Command* command = nullptr;   // null: none, or none that there is
  std::optional<Error> refused = {};  // the first word that is wrong; it is left out
};

// The pass over argv before CLI11's. By itself CLI11 takes the next word for an optional value,
// `--name=` with the next word, `=2` for a flag, `-1` and `++` for operands, what stands after "--"
// for options again where a command has its operands, and says of a mistyped command that one is
// required.
Settled settle_words(const Program& program, const std::vector<std::string>& words);

}  // namespace ollama_gpu::cli
