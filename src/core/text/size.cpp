// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/text/size.hpp"

#include <fmt/format.h>

#include <array>

#include "core/text/ascii.hpp"

namespace ollama_gpu {

namespace {

struct SizeUnit {
  std::string_view name;
  std::uint64_t bytes;
};

// G and GiB are what nvidia-smi and Ollama count in; GB is a power of ten, as everywhere else.
constexpr std::array<SizeUnit, 14> kSizeUnits = {{{"", 1},
                                                  {"b", 1},
                                                  {"k", 1ULL << 10U},
                                                  {"ki", 1ULL << 10U},
                                                  {"kib", 1ULL << 10U},
                                                  {"kb", 1'000},
                                                  {"m", 1ULL << 20U},
                                                  {"mib", 1ULL << 20U},
                                                  {"mb", 1'000'000},
                                                  {"g", 1ULL << 30U},
                                                  {"gib", 1ULL << 30U},
                                                  {"gb", 1'000'000'000},
                                                  {"t", 1ULL << 40U},
                                                  {"tib", 1ULL << 40U}}};

// "25" -> 0.25 of the unit, in bytes, rounded down; at most six digits.
std::optional<std::uint64_t> fraction_of(std::string_view digits, std::uint64_t unit) {
  constexpr std::size_t kMostDigits = 6;
  const std::optional<std::uint64_t> number = parse_decimal(digits);
  if (!number || digits.size() > kMostDigits) return std::nullopt;
  std::uint64_t scale = 1;
  for (std::size_t i = 0; i < digits.size(); ++i) scale *= 10;
  return *number * (unit / scale) + *number * (unit % scale) / scale;
}

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && (is_digit(text[end]) || text[end] == '.')) ++end;
  const std::string name = ascii_lower(text.substr(end));
  const std::string_view number = text.substr(0, end);
  const std::size_t dot = number.find('.');
  const std::optional<std::uint64_t> whole = parse_decimal(number.substr(0, dot));
  for (const SizeUnit& unit : kSizeUnits) {
    if (!whole || unit.name != name || *whole > UINT64_MAX / unit.bytes) continue;
    const std::uint64_t bytes = *whole * unit.bytes;
    if (dot == std::string_view::npos) return bytes;
    if (unit.bytes == 1) return std::nullopt;  // half a byte: a unit is missing
    const auto fraction = fraction_of(number.substr(dot + 1), unit.bytes);
    if (!fraction || bytes > UINT64_MAX - *fraction) return std::nullopt;
    return bytes + *fraction;
  }
  return std::nullopt;
}

std::string format_size(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  constexpr std::array kBinaryUnits{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double size = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (size >= 1023.5 && unit + 1 < kBinaryUnits.size()) {
    size /= 1024;
    ++unit;
  }
  if (size >= 99.95) return fmt::format("{:.0f} {}", size, kBinaryUnits[unit]);
  return fmt::format("{:.1f} {}", size, kBinaryUnits[unit]);
}

}  // namespace ollama_gpu
