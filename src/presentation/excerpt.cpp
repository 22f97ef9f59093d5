// SPDX-License-Identifier: MIT
#include "presentation/excerpt.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ollama_gpu/core/text/secrets.hpp"
#include "ollama_gpu/presentation/paint.hpp"
#include "ollama_gpu/presentation/printable.hpp"
#include "ollama_gpu/presentation/text_width.hpp"

namespace ollama_gpu {

std::string place_text(const Location& location) {
  std::string out = printable(location.file);
  if (location.line > 0) out += fmt::format(":{}", location.line);
  if (location.line > 0 && location.column > 0) out += fmt::format(":{}", location.column);
  return out;
}

std::string excerpt(const Style& style, const Location& location) {
  const std::string number = location.line > 0 ? std::to_string(location.line) : std::string();
  const std::string margin(number.size(), ' ');
  // Secrets on the line are masked, so that the column moves along.
  const std::string masked = mask_line(location.text);
  std::size_t offset =
      location.column > 0 ? std::min(location.column - 1, location.text.size()) : 0;
  offset = std::min(mask_assignments(location.text.substr(0, offset)).size(), masked.size());
  std::string_view text = masked;
  std::string_view cut;
  const std::size_t room = std::max<std::size_t>(style.width, 40) - number.size() - 8;
  if (display_width(printable(text.substr(0, offset))) > room * 2 / 3) {
    std::size_t from = offset - std::min(offset, room / 2);
    while (from < offset && (static_cast<unsigned char>(text[from]) & 0xC0U) == 0x80U) ++from;
    text.remove_prefix(from);
    offset -= from;
    cut = ellipsis(style);
  }
  const std::string shown = std::string(cut) + printable(text);
  const std::size_t column = display_width(cut) + display_width(printable(text.substr(0, offset)));
  std::string out =
      fmt::format(" {} |\n {} | {}\n", margin, number, cut_to_width(shown, room, ellipsis(style)));
  if (location.column > 0) {
    out +=
        fmt::format(" {} | {}{}\n", margin, std::string(column, ' '), paint(style, Tone::bad, "^"));
  }
  return out;
}

}  // namespace ollama_gpu
