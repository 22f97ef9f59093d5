// SPDX-License-Identifier: MIT
#include "core/systemd/lines.hpp"

#include <algorithm>

#include "ollama_gpu/core/systemd/unit_file.hpp"

namespace ollama_gpu {
namespace {

enum LineEnd : unsigned { kNone = 0, kNul = 1, kFeed = 2, kReturn = 4 };

unsigned line_end(char c) {
  if (c == '\0') return kNul;
  if (c == '\n') return kFeed;
  if (c == '\r') return kReturn;
  return kNone;
}

}  // namespace

std::optional<std::string_view> LineReader::next() {
  if (at_ == text_.size()) return std::nullopt;
  offset_ = at_;
  ++number_;
  while (at_ < text_.size() && line_end(text_[at_]) == kNone) ++at_;
  const std::string_view line = text_.substr(offset_, at_ - offset_);
  for (unsigned seen = kNone; at_ < text_.size() && (seen & kNul) == 0; ++at_) {
    const unsigned end = line_end(text_[at_]);
    if (end == kNone || (seen & end) != 0) break;
    seen |= end;
  }
  return line;
}

LineTable::LineTable(std::string_view text) : size_(text.size()) {
  LineReader lines(text);
  while (const auto line = lines.next()) lines_.push_back({lines.offset(), line->size()});
}

std::string_view LineTable::line(std::string_view text, std::size_t number) const {
  if (number == 0 || number > lines_.size()) return {};
  return text.substr(lines_[number - 1].offset, lines_[number - 1].length);
}

std::size_t LineTable::offset(Position position) const {
  if (position.line == 0 || position.line > lines_.size()) return size_;
  const std::size_t column = std::max<std::size_t>(position.column, 1);
  return std::min(lines_[position.line - 1].offset + column - 1, size_);
}

Position LineTable::at(std::size_t offset) const {
  const auto after = std::ranges::upper_bound(lines_, offset, {}, &Line::offset);
  if (after == lines_.begin()) return {1, offset + 1};
  return {static_cast<std::size_t>(after - lines_.begin()), offset - (after - 1)->offset + 1};
}

std::string_view line_at(const UnitFile& file, std::size_t line) {
  return file.lines.line(file.bytes, line);
}

Location locate(const UnitFile& file, Position position) {
  return {file.path, position.line, position.column, std::string(line_at(file, position.line))};
}

}  // namespace ollama_gpu
