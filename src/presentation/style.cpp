// SPDX-License-Identifier: MIT
#include "ollama_gpu/presentation/style.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace ollama_gpu {
namespace {

constexpr unsigned kNarrowest = 40;
constexpr unsigned kNoLimit = 10000;

bool is_utf8(const Getenv& environment) {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const auto locale = environment(name);
    if (!locale || locale->empty()) continue;
    std::string upper = *locale;
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](unsigned char byte) { return static_cast<char>(std::toupper(byte)); });
    return upper.find("UTF-8") != std::string::npos || upper.find("UTF8") != std::string::npos;
  }
  return false;
}

unsigned line_width(bool terminal, unsigned known, const Getenv& environment) {
  if (known > 0) return std::max(known, kNarrowest);
  const std::string text = environment("COLUMNS").value_or("");
  unsigned columns = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), columns);
  const bool number = problem == std::errc() && end == text.data() + text.size();
  if (number && columns > 0) return std::clamp(columns, kNarrowest, kNoLimit);
  return terminal ? 80 : kNoLimit;
}

bool has_color(bool terminal, std::string_view color, const Getenv& environment) {
  if (color == "always") return true;
  if (color == "never" || !environment("NO_COLOR").value_or("").empty()) return false;
  return terminal && environment("TERM").value_or("dumb") != "dumb";
}

}  // namespace

Style derive_style(bool terminal, unsigned columns, std::string_view color,
                   const Getenv& environment) {
  Style style;
  // A dumb terminal cannot redraw a line.
  style.terminal = terminal && environment("TERM").value_or("dumb") != "dumb";
  style.color = has_color(terminal, color, environment);
  style.utf8 = is_utf8(environment);
  style.width = line_width(terminal, columns, environment);
  return style;
}

}  // namespace ollama_gpu
