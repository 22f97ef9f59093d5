// SPDX-License-Identifier: MIT
#include "core/systemd/lines.hpp"

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

std::string_view line_at(std::string_view text, std::size_t line) {
  LineReader lines(text);
  while (const std::optional<std::string_view> current = lines.next()) {
    if (lines.number() == line) return *current;
  }
  return {};
}

Location locate(const UnitFile& file, Position position) {
  return {file.path, position.line, position.column,
          std::string(line_at(file.bytes, position.line))};
}

}  // namespace ollama_gpu
