// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/systemd/specifiers.hpp"

#include "core/systemd/unit_name_rules.hpp"
#include "core/text/ascii.hpp"

namespace ollama_gpu {
namespace {

// Every letter that some systemd since 245 expands (src/core/unit-printf.c,
// src/shared/specifier.h).
constexpr std::string_view kKnownLetters = "aAbBcCdDEfgGhHiIjJlLmMnNopPqrRsStTuUvVwWyY";

void mark(Expansion& expansion, Expansion::Status status, std::size_t offset) {
  // The first fault is the one to show; but that a word is dropped matters more than that a part
  // of it is unknown.
  if (expansion.status == Expansion::Status::invalid) return;
  if (expansion.status == status) return;
  expansion.status = status;
  expansion.offset = offset;
}

// What stands for "%" and `letter`, which is not in the table.
void expand_unknown(char letter, std::size_t offset, Expansion& expansion) {
  expansion.text += '%';
  expansion.text += letter;
  if (!is_letter_or_digit(letter)) return;
  const bool known = kKnownLetters.find(letter) != std::string_view::npos;
  mark(expansion, known ? Expansion::Status::unresolved : Expansion::Status::invalid, offset);
}

std::string unescaped_or_failing(std::string_view text) {
  return try_unescape_unit_name(text).value_or(std::string(kFailingSpecifier));
}

bool is_normalized(std::string_view path) {
  std::string padded(path);
  padded += '/';
  return padded.find("//") == std::string::npos && padded.find("/./") == std::string::npos &&
         padded.find("/../") == std::string::npos && padded.find('\0') == std::string::npos;
}

// %f: the name as the path it was escaped from (src/basic/unit-name.c, unit_name_path_unescape).
std::string path_or_failing(std::string_view escaped) {
  if (escaped == "-") return "/";
  const std::optional<std::string> text = try_unescape_unit_name(escaped);
  if (!text || text->empty() || text->front() == '/' || text->back() == '/') {
    return std::string(kFailingSpecifier);
  }
  const std::string path = "/" + *text;
  return is_normalized(path) ? path : std::string(kFailingSpecifier);
}

}  // namespace

SpecifierTable specifiers_of(const UnitName& name) {
  const std::string& id = name.id();
  const std::string prefix = name.prefix();
  const std::string instance = name.instance();
  const std::string last = prefix.substr(prefix.rfind('-') + 1);
  return {
      {'n', id},
      {'N', id.substr(0, id.rfind('.'))},
      {'p', prefix},
      {'P', unescaped_or_failing(prefix)},
      {'i', instance},
      {'I', unescaped_or_failing(instance)},
      {'j', last},
      {'J', unescaped_or_failing(last)},
      {'f', path_or_failing(name.is_instance() ? instance : prefix)},
  };
}

Expansion expand_specifiers(std::string_view text, const SpecifierTable& table) {
  Expansion expansion;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%' || i + 1 == text.size()) {
      expansion.text += text[i];  // a lone "%" at the end stays
      continue;
    }
    const std::size_t offset = i;
    const char letter = text[++i];
    const auto found = table.find(letter);
    if (letter == '%') {
      expansion.text += '%';
    } else if (found == table.end()) {
      expand_unknown(letter, offset, expansion);
    } else if (found->second == kFailingSpecifier) {
      mark(expansion, Expansion::Status::invalid, offset);
    } else {
      expansion.text += found->second;
    }
  }
  return expansion;
}

}  // namespace ollama_gpu
