// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace ollama_gpu {

// The first character that a web page or a word processor puts where ASCII was meant (curly quotes,
// full-width forms, dashes, odd blanks), and the whole text with all of them put right.
struct LookalikeText {
  std::size_t offset = 0;
  std::string character;
  std::string ascii;
  bool certain = true;  // false where a character without width stands between two words
};
std::optional<LookalikeText> find_lookalike(std::string_view text);

}  // namespace ollama_gpu
