// SPDX-License-Identifier: MIT
#include "ollama_gpu/presentation/paint.hpp"

#include <algorithm>
#include <cmath>

namespace ollama_gpu {
namespace {

std::string_view code_of(Tone tone) {
  switch (tone) {
    case Tone::plain:
      return "";
    case Tone::bold:
      return "\x1b[1m";
    case Tone::dim:
      return "\x1b[2m";
    case Tone::good:
      return "\x1b[32m";
    case Tone::bad:
      return "\x1b[1;31m";
    case Tone::caution:
      return "\x1b[33m";
  }
  return "";
}

struct BarMarks {
  std::string_view own;
  std::string_view others;
  std::string_view free;
};

BarMarks marks_for(const Style& style) {
  return style.utf8 ? BarMarks{"█", "▒", "░"} : BarMarks{"#", "=", "-"};
}

std::size_t columns_of(double share, std::size_t width) {
  if (!(share > 0) || width == 0) return 0;
  const double inside = std::min(share, 1.0) * static_cast<double>(width);
  return std::max<std::size_t>(1, static_cast<std::size_t>(std::llround(inside)));
}

std::string repeated(std::string_view mark, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += mark;
  return out;
}

}  // namespace

std::string paint(const Style& style, Tone tone, std::string_view text) {
  if (!style.color || tone == Tone::plain || text.empty()) return std::string(text);
  return std::string(code_of(tone)).append(text).append("\x1b[0m");
}

std::string_view ellipsis(const Style& style) { return style.utf8 ? "…" : "..."; }

std::string bar(const Style& style, double own, double others, std::size_t width) {
  const std::size_t first = columns_of(own, width);
  const std::size_t second = std::min(columns_of(others, width), width - first);
  const BarMarks marks = marks_for(style);
  const std::string filled = paint(style, Tone::good, repeated(marks.own, first)) +
                             paint(style, Tone::caution, repeated(marks.others, second)) +
                             paint(style, Tone::dim, repeated(marks.free, width - first - second));
  return style.utf8 ? filled : '[' + filled + ']';
}

std::string bar_legend(const Style& style, std::string_view own, std::string_view others) {
  const BarMarks marks = marks_for(style);
  std::string out = paint(style, Tone::good, marks.own).append(" ").append(own);
  if (!others.empty()) {
    out.append("  ").append(paint(style, Tone::caution, marks.others)).append(" ").append(others);
  }
  return out.append("  ").append(paint(style, Tone::dim, marks.free)).append(" free");
}

Tone tone_of(EvidenceStatus status) {
  switch (status) {
    case EvidenceStatus::ok:
      return Tone::good;
    case EvidenceStatus::failed:
      return Tone::bad;
    case EvidenceStatus::pending:
      return Tone::caution;
    case EvidenceStatus::skipped:
      return Tone::dim;
  }
  return Tone::plain;
}

std::string_view mark_of(EvidenceStatus status) {
  return status == EvidenceStatus::failed ? "FAILED" : name_of(status);
}

}  // namespace ollama_gpu
