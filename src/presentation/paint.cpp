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

}  // namespace

std::string paint(const Style& style, Tone tone, std::string_view text) {
  if (!style.color || tone == Tone::plain || text.empty()) return std::string(text);
  return std::string(code_of(tone)).append(text).append("\x1b[0m");
}

std::string_view ellipsis(const Style& style) { return style.utf8 ? "…" : "..."; }

std::string bar(const Style& style, double share, std::size_t width) {
  const double inside = std::clamp(share, 0.0, 1.0) * static_cast<double>(width);
  const auto filled = static_cast<std::size_t>(std::llround(inside));
  std::string out;
  for (std::size_t i = 0; i < width; ++i) {
    if (style.utf8) {
      out += i < filled ? "█" : "░";
    } else {
      out += i < filled ? '#' : '-';
    }
  }
  return style.utf8 ? out : '[' + out + ']';
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
