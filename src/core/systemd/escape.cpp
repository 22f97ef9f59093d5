// SPDX-License-Identifier: MIT
#include "core/systemd/escape.hpp"

#include <cstdint>

#include "core/text/ascii.hpp"
#include "ollama_gpu/core/text/utf8.hpp"

namespace ollama_gpu {
namespace {

// From here on \u refuses surrogates; \U always did, and noncharacters too. Seen on 262, not on
// 257.
constexpr unsigned kVersionOfRefusedSurrogates = 258;

// `count` digits of `base` at the start of the text, all of them required.
std::optional<std::uint32_t> number(std::string_view text, std::size_t count, int base) {
  if (text.size() < count) return std::nullopt;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const int digit = hex_digit(text[i]);
    if (digit < 0 || digit >= base) return std::nullopt;
    value = value * static_cast<std::uint32_t>(base) + static_cast<std::uint32_t>(digit);
  }
  return value;
}

char byte(std::uint32_t value) { return static_cast<char>(static_cast<unsigned char>(value)); }

// Encodes a surrogate as well: until 257 \ud800 passes the word splitter, and the value fails
// later.
std::string encode_utf8(std::uint32_t code) {
  std::string text;
  if (code < 0x80) {
    text += byte(code);
  } else if (code < 0x800) {
    text += byte(0xC0U | (code >> 6U));
    text += byte(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    text += byte(0xE0U | (code >> 12U));
    text += byte(0x80U | ((code >> 6U) & 0x3FU));
    text += byte(0x80U | (code & 0x3FU));
  } else {
    text += byte(0xF0U | (code >> 18U));
    text += byte(0x80U | ((code >> 12U) & 0x3FU));
    text += byte(0x80U | ((code >> 6U) & 0x3FU));
    text += byte(0x80U | (code & 0x3FU));
  }
  return text;
}

std::optional<DecodedEscape> decode_number(std::string_view digits, std::size_t count, int base) {
  const std::optional<std::uint32_t> value = number(digits, count, base);
  if (!value || *value == 0 || *value > 0xFF) return std::nullopt;
  return DecodedEscape{std::string(1, byte(*value)), count};
}

std::optional<DecodedEscape> decode_unicode(std::string_view digits, std::size_t count,
                                            unsigned systemd_version) {
  const std::optional<std::uint32_t> code = number(digits, count, 16);
  if (!code || *code == 0 || *code > 0x10FFFF) return std::nullopt;
  const bool surrogate = *code >= 0xD800 && *code <= 0xDFFF;
  if (surrogate && systemd_version >= kVersionOfRefusedSurrogates) return std::nullopt;
  std::string text = encode_utf8(*code);
  if (count == 8 && !is_valid_utf8(text)) return std::nullopt;
  return DecodedEscape{std::move(text), count + 1};
}

}  // namespace

std::optional<DecodedEscape> decode_escape(std::string_view text, unsigned systemd_version) {
  constexpr std::string_view kLetters = "abfnrtv\\\"'s";
  constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\\"' ";
  if (text.empty()) return std::nullopt;
  const std::size_t simple = kLetters.find(text.front());
  if (simple != std::string_view::npos) return DecodedEscape{std::string(1, kMeanings[simple]), 1};
  const std::string_view rest = text.substr(1);
  if (text.front() == 'u') return decode_unicode(rest, 4, systemd_version);
  if (text.front() == 'U') return decode_unicode(rest, 8, systemd_version);
  if (text.front() != 'x') return decode_number(text, 3, 8);
  std::optional<DecodedEscape> hex = decode_number(rest, 2, 16);
  if (hex) hex->length += 1;
  return hex;
}

}  // namespace ollama_gpu
