// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ollama_gpu {

struct Word {
  std::string text;
  std::size_t offset = 0;  // of its first byte in the value
};

struct WordList {
  std::vector<Word> words = {};
  // Offset at which the syntax breaks (unbalanced quote, unknown escape): systemd drops that word
  // and the rest of the line, and keeps the words before.
  std::optional<std::size_t> broken_at = {};
};

enum class Escapes { c_style, none };

// systemd's extract_first_word() in a loop, with EXTRACT_UNQUOTE and, for c_style,
// EXTRACT_CUNESCAPE (src/basic/extract-word.c, src/basic/escape.c).
WordList split_words(std::string_view value, Escapes escapes, unsigned systemd_version = 252);

}  // namespace ollama_gpu
