// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/text/utf8.hpp"

namespace ollama_gpu {
namespace {

struct Lead {
  std::size_t length;
  char32_t bits;
  char32_t least;  // the smallest code that needs this length
};

Lead lead_of(unsigned char byte) {
  if (byte < 0x80) return {1, byte, 0};
  if (byte >= 0xC2 && byte <= 0xDF) return {2, byte & 0x1FU, 0x80};
  if (byte >= 0xE0 && byte <= 0xEF) return {3, byte & 0x0FU, 0x800};
  if (byte >= 0xF0 && byte <= 0xF4) return {4, byte & 0x07U, 0x10000};
  return {0, 0, 0};
}

constexpr bool is_noncharacter(char32_t code) {
  return (code >= 0xFDD0 && code <= 0xFDEF) || (code & 0xFFFEU) == 0xFFFE;
}

}  // namespace

Utf8Character first_character(std::string_view text) {
  const auto byte = static_cast<unsigned char>(text.front());
  const Utf8Character invalid{byte, 1, false};
  const Lead lead = lead_of(byte);
  if (lead.length == 0 || lead.length > text.size()) return invalid;
  char32_t code = lead.bits;
  for (std::size_t i = 1; i < lead.length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0U) != 0x80U) return invalid;
    code = (code << 6U) | (next & 0x3FU);
  }
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < lead.least || surrogate || code > 0x10FFFF) return invalid;
  return {code, lead.length, true};
}

std::optional<std::size_t> first_invalid_utf8(std::string_view text) {
  for (std::size_t offset = 0; offset < text.size();) {
    const Utf8Character character = first_character(text.substr(offset));
    if (!character.valid || is_noncharacter(character.code)) return offset;
    offset += character.length;
  }
  return std::nullopt;
}

bool is_valid_utf8(std::string_view text) { return !first_invalid_utf8(text); }

}  // namespace ollama_gpu
