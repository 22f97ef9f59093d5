// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace ollama_gpu {

// Of what a run of Ollama logged, the lines that say why it ended, at most `most`: from the last
// "panic:", "fatal error:" or "Error:" on, without the stack trace; else the newest. Never the
// "server config", requests and gin's own lines; a long line is cut.
std::vector<std::string> last_words(const std::vector<std::string>& lines, std::size_t most);

// The reason that such lines begin with, without "Error:"; empty: they give none.
std::string reason_in(const std::vector<std::string>& last_words);

}  // namespace ollama_gpu
