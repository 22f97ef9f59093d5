// SPDX-License-Identifier: MIT
#include "core/text/value_text.hpp"

#include <fmt/format.h>

#include <array>

namespace ollama_gpu {

namespace {

// Longer values are cut in messages: the place counts, not the whole text.
constexpr std::size_t kLongestQuote = 200;

struct Decoded {
  std::uint32_t code_point = 0;
  std::size_t length = 0;  // 0: not valid UTF-8
};

std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

Decoded decode(std::string_view text, std::size_t at) {
  constexpr std::array<unsigned, 5> kLeadMask = {0, 0x7F, 0x1F, 0x0F, 0x07};
  const auto lead = static_cast<unsigned char>(text[at]);
  const std::size_t length = sequence_length(lead);
  if (length == 0 || at + length > text.size()) return {lead, 0};
  std::uint32_t code = lead & kLeadMask[length];
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[at + i]);
    if ((next & 0xC0U) != 0x80U) return {lead, 0};
    code = (code << 6U) | (next & 0x3FU);
  }
  return {code, length};
}

// The ASCII text that was meant, or null for a character that is nobody's lookalike.
const char* ascii_for(std::uint32_t code) {
  if (code >= 0x2018 && code <= 0x201B) return "'";
  if (code >= 0x201C && code <= 0x201F) return "\"";
  if (code >= 0x2010 && code <= 0x2015) return "-";
  switch (code) {
    case 0x2212:
      return "-";
    case 0x3001:
      return ",";
    case 0x00A0:
    case 0x3000:
      return " ";
    case 0x200B:
    case 0xFEFF:
      return "";
    default:
      return nullptr;
  }
}

// Go's unicode.IsSpace, as UTF-8.
constexpr std::array<std::string_view, 25> kSpaces = {
    "\t",           "\n",           "\v",           "\f",           "\r",           " ",
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81", "\xE2\x80\x82",
    "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86", "\xE2\x80\x87", "\xE2\x80\x88",
    "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F",
    "\xE3\x80\x80"};

std::size_t leading_space(std::string_view text) {
  for (const std::string_view space : kSpaces) {
    if (text.starts_with(space)) return space.size();
  }
  return 0;
}

std::size_t trailing_space(std::string_view text) {
  for (const std::string_view space : kSpaces) {
    if (text.ends_with(space)) return space.size();
  }
  return 0;
}

}  // namespace

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

std::string ascii_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string ascii_upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

bool contains_ignoring_case(std::string_view text, std::string_view part) {
  return ascii_lower(text).find(ascii_lower(part)) != std::string::npos;
}

std::string_view trim_unicode_space(std::string_view text) {
  while (const std::size_t length = leading_space(text)) text.remove_prefix(length);
  while (const std::size_t length = trailing_space(text)) text.remove_suffix(length);
  return text;
}

std::vector<std::string_view> split_at(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t start = 0;
  for (std::size_t end = text.find(separator); end != std::string_view::npos;
       end = text.find(separator, start)) {
    parts.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  parts.push_back(text.substr(start));
  return parts;
}

std::optional<std::uint64_t> parse_decimal(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (value > (UINT64_MAX - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
  }
  return value;
}

std::string quote_for_message(std::string_view text) {
  std::string quoted = "'";
  std::size_t at = 0;
  while (at < text.size() && at < kLongestQuote) {
    const Decoded character = decode(text, at);
    const bool control = character.code_point < 0x20 ||
                         (character.code_point >= 0x7F && character.code_point < 0xA0);
    if (character.length == 0 || control) {
      quoted += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[at]));
      ++at;
      continue;
    }
    quoted += text.substr(at, character.length);
    at += character.length;
  }
  if (at < text.size()) quoted += "...";
  return quoted + "'";
}

std::string size_for_message(std::uint64_t bytes) {
  constexpr std::uint64_t kKib = 1024;
  constexpr std::uint64_t kMib = kKib * 1024;
  constexpr std::uint64_t kGib = kMib * 1024;
  const auto scaled = [bytes](std::uint64_t unit, const char* name) {
    return fmt::format("{:.1f} {}", static_cast<double>(bytes) / static_cast<double>(unit), name);
  };
  if (bytes >= kGib) return scaled(kGib, "GiB");
  if (bytes >= kMib) return scaled(kMib, "MiB");
  if (bytes >= kKib) return scaled(kKib, "KiB");
  return fmt::format("{} bytes", bytes);
}

std::optional<LookalikeText> find_lookalike(std::string_view text) {
  std::optional<LookalikeText> found;
  std::string ascii;
  for (std::size_t at = 0; at < text.size();) {
    const Decoded character = decode(text, at);
    const std::size_t length = character.length == 0 ? 1 : character.length;
    const std::string_view bytes = text.substr(at, length);
    const bool full_width =
        character.length != 0 && character.code_point >= 0xFF01 && character.code_point <= 0xFF5E;
    const char* meant = character.length == 0 ? nullptr : ascii_for(character.code_point);
    if (full_width) {
      ascii += static_cast<char>(character.code_point - 0xFF01 + '!');
    } else {
      ascii += meant != nullptr ? std::string_view(meant) : bytes;
    }
    if ((full_width || meant != nullptr) && !found) {
      found = LookalikeText{at, std::string(bytes), {}};
    }
    at += length;
  }
  if (found) found->ascii = ascii;
  return found;
}

}  // namespace ollama_gpu
