// SPDX-License-Identifier: MIT
#include "core/text/quote.hpp"

#include <fmt/format.h>

#include "ollama_gpu/core/text/utf8.hpp"

namespace ollama_gpu {

namespace {

// Longer values are cut in messages: the place counts, not the whole text.
constexpr std::size_t kLongestQuote = 200;

}  // namespace

std::string quote_for_message(std::string_view text) {
  std::string quoted = "'";
  std::size_t at = 0;
  while (at < text.size() && at < kLongestQuote) {
    const Utf8Character character = first_character(text.substr(at));
    const bool control = character.code < 0x20 || (character.code >= 0x7F && character.code < 0xA0);
    if (!character.valid || control) {
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

}  // namespace ollama_gpu
