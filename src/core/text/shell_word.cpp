// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/text/shell_word.hpp"

#include <algorithm>

#include "core/text/ascii.hpp"

namespace ollama_gpu {

std::string shell_word(std::string_view text) {
  constexpr std::string_view kPlain = "_-./:=,@%+";
  const bool plain = std::ranges::all_of(text, [&](char c) {
    return is_letter_or_digit(c) || kPlain.find(c) != std::string_view::npos;
  });
  if (plain && !text.empty()) return std::string(text);
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

}  // namespace ollama_gpu
