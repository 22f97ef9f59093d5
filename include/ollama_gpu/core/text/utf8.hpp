// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace ollama_gpu {

// One character at the start of a text. `valid` is false for a byte that begins no UTF-8 sequence;
// it then stands alone, and `code` is the byte.
struct Utf8Character {
  char32_t code = 0;
  std::size_t length = 1;
  bool valid = true;
};

// The first character of a text that is not empty.
Utf8Character first_character(std::string_view text);

// True for text that systemd accepts as UTF-8: unlike most decoders it refuses noncharacters too
// (src/basic/utf8.c, unichar_is_valid).
bool is_valid_utf8(std::string_view text);

// Offset of the first byte that is_valid_utf8 refuses.
std::optional<std::size_t> first_invalid_utf8(std::string_view text);

}  // namespace ollama_gpu
