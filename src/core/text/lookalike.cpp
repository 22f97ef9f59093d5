// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/text/lookalike.hpp"

#include "core/text/ascii.hpp"
#include "ollama_gpu/core/text/utf8.hpp"

namespace ollama_gpu {

namespace {

// The ASCII text that was meant, or null for a character that is nobody's lookalike.
const char* ascii_for(char32_t code) {
  if (code >= 0x2018 && code <= 0x201B) return "'";
  if (code >= 0x201C && code <= 0x201F) return "\"";
  if (code >= 0x2010 && code <= 0x2015) return "-";
  if (code >= 0x2000 && code <= 0x200A) return " ";
  switch (code) {
    case 0x2212:
      return "-";
    case 0x3001:
      return ",";
    case 0x3002:
      return ".";
    case 0x00A0:
    case 0x1680:
    case 0x202F:
    case 0x205F:
    case 0x3000:
      return " ";
    case 0x00AD:
    case 0x200B:
    case 0x200C:
    case 0x200D:
    case 0x2060:
    case 0xFEFF:
      return "";
    default:
      return nullptr;
  }
}

bool ends_in_word(std::string_view text) {
  return !text.empty() && is_letter_or_digit(text.back());
}

bool starts_with_word(std::string_view text) {
  return !text.empty() && is_letter_or_digit(text.front());
}

constexpr bool is_full_width(char32_t code) { return code >= 0xFF01 && code <= 0xFF5E; }

}  // namespace

std::optional<LookalikeText> find_lookalike(std::string_view text) {
  std::optional<LookalikeText> found;
  std::string ascii;
  bool certain = true;
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Character character = first_character(text.substr(at));
    const std::string_view bytes = text.substr(at, character.length);
    const bool full_width = character.valid && is_full_width(character.code);
    const char* meant = character.valid ? ascii_for(character.code) : nullptr;
    if (full_width) {
      ascii += static_cast<char>(character.code - 0xFF01 + '!');
    } else {
      ascii += meant != nullptr ? std::string_view(meant) : bytes;
    }
    if ((full_width || meant != nullptr) && !found) {
      found = LookalikeText{at, std::string(bytes), {}};
    }
    at += character.length;
    const bool vanishes = meant != nullptr && *meant == 0;
    if (vanishes && ends_in_word(ascii) && starts_with_word(text.substr(at))) certain = false;
  }
  if (found) {
    found->ascii = ascii;
    found->certain = certain;
  }
  return found;
}

}  // namespace ollama_gpu
