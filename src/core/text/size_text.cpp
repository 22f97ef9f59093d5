// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/text/size_text.hpp"

#include <fmt/format.h>

#include <array>

namespace ollama_gpu {

std::string format_size(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  constexpr std::array kUnits{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double size = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (size >= 1023.5 && unit + 1 < kUnits.size()) {
    size /= 1024;
    ++unit;
  }
  if (size >= 99.95) return fmt::format("{:.0f} {}", size, kUnits[unit]);
  return fmt::format("{:.1f} {}", size, kUnits[unit]);
}

}  // namespace ollama_gpu
