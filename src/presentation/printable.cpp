// SPDX-License-Identifier: MIT
#include "ollama_gpu/presentation/printable.hpp"

#include <fmt/format.h>

#include "ollama_gpu/core/text/utf8.hpp"

namespace ollama_gpu {
namespace {

// C0 and C1 controls, line separators, and the characters that reorder text on a terminal.
bool is_harmful(char32_t code) {
  if (code < 0x20 || (code >= 0x7F && code <= 0x9F)) return true;
  if (code == 0x061C || code == 0xFEFF) return true;  // ARABIC LETTER MARK is one of them
  if (code == 0x00AD || (code >= 0x200B && code <= 0x200F) || code == 0x2060) return true;
  if (code >= 0xE0000 && code <= 0xE007F) return true;  // tags: letters that nobody sees
  return (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

std::string escaped(char32_t code) {
  if (code == '\t') return "\\t";
  if (code == '\n') return "\\n";
  if (code == '\r') return "\\r";
  if (code < 0x100) return fmt::format("\\x{:02x}", static_cast<unsigned>(code));
  return fmt::format("\\u{:04x}", static_cast<unsigned>(code));
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Utf8Character character = first_character(text);
    if (!character.valid || is_harmful(character.code)) {
      out += escaped(character.code);
    } else {
      out += text.substr(0, character.length);
    }
    text.remove_prefix(character.length);
  }
  return out;
}

std::string printable_json(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  while (!json.empty()) {
    const Utf8Character character = first_character(json);
    if (character.valid && is_harmful(character.code)) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(character.code));
    } else {
      out += json.substr(0, character.length);
    }
    json.remove_prefix(character.length);
  }
  return out;
}

}  // namespace ollama_gpu
