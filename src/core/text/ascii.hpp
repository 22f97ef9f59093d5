// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Text whose letters and digits are those of ASCII, whatever the locale.
namespace ollama_gpu {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr bool is_letter_or_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// The value of a hexadecimal digit, or -1.
int hex_digit(char c);
bool is_hex_digit(char c);

std::string ascii_lower(std::string_view text);
std::string ascii_upper(std::string_view text);
bool contains_ignoring_case(std::string_view text, std::string_view part);

// Splits at every `separator`; an empty text gives one empty part.
std::vector<std::string_view> split_at(std::string_view text, char separator);

// Only digits, no sign, no overflow.
std::optional<std::uint64_t> parse_decimal(std::string_view text);

}  // namespace ollama_gpu
