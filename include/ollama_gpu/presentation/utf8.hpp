// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

namespace ollama_gpu {

// One character at the start of a text. `valid` is false for a byte that begins no UTF-8 sequence;
// it then stands alone.
struct Utf8Character {
  char32_t code = 0;
  std::size_t length = 1;
  bool valid = true;
};

// The first character of a text that is not empty.
Utf8Character first_character(std::string_view text);

}  // namespace ollama_gpu
