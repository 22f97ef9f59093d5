// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Small tools on text that several files of the core share. ASCII only where they look at letters.
namespace ollama_gpu {

bool is_digit(char c);
bool is_hex_digit(char c);
std::string ascii_lower(std::string_view text);
std::string ascii_upper(std::string_view text);
bool contains_ignoring_case(std::string_view text, std::string_view part);

// Go's strings.TrimSpace.
std::string_view trim_unicode_space(std::string_view text);

// Splits at every `separator`; an empty text gives one empty part.
std::vector<std::string_view> split_at(std::string_view text, char separator);

// Only digits, no sign, no overflow.
std::optional<std::uint64_t> parse_decimal(std::string_view text);

// 'text' for a message: control characters and invalid UTF-8 as \xNN, shortened when very long.
std::string quote_for_message(std::string_view text);

// "20.0 GiB", "512.0 MiB", "17 bytes".
std::string size_for_message(std::uint64_t bytes);

// The first character that a web page or a word processor puts where ASCII was meant (curly quotes,
// full-width forms, dashes, odd blanks), and the whole text with all of them put right.
struct LookalikeText {
  std::size_t offset = 0;
  std::string character;
  std::string ascii;
};
std::optional<LookalikeText> find_lookalike(std::string_view text);

}  // namespace ollama_gpu
