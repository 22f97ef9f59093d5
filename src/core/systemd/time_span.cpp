// SPDX-License-Identifier: MIT
#include "core/systemd/time_span.hpp"

#include <algorithm>
#include <array>

#include "core/text/ascii.hpp"

namespace ollama_gpu {

namespace {

constexpr std::uint64_t kMicrosecondsPerSecond = 1'000'000;
constexpr std::uint64_t kDay = 86'400 * kMicrosecondsPerSecond;

struct TimeUnit {
  std::string_view name;
  std::uint64_t microseconds;
};

// A longer name stands before those that it starts with.
constexpr std::array kTimeUnits{TimeUnit{"seconds", kMicrosecondsPerSecond},
                                TimeUnit{"second", kMicrosecondsPerSecond},
                                TimeUnit{"sec", kMicrosecondsPerSecond},
                                TimeUnit{"s", kMicrosecondsPerSecond},
                                TimeUnit{"minutes", 60 * kMicrosecondsPerSecond},
                                TimeUnit{"minute", 60 * kMicrosecondsPerSecond},
                                TimeUnit{"min", 60 * kMicrosecondsPerSecond},
                                TimeUnit{"months", 2'629'800 * kMicrosecondsPerSecond},
                                TimeUnit{"month", 2'629'800 * kMicrosecondsPerSecond},
                                TimeUnit{"M", 2'629'800 * kMicrosecondsPerSecond},
                                TimeUnit{"msec", 1'000},
                                TimeUnit{"ms", 1'000},
                                TimeUnit{"m", 60 * kMicrosecondsPerSecond},
                                TimeUnit{"hours", 3'600 * kMicrosecondsPerSecond},
                                TimeUnit{"hour", 3'600 * kMicrosecondsPerSecond},
                                TimeUnit{"hr", 3'600 * kMicrosecondsPerSecond},
                                TimeUnit{"h", 3'600 * kMicrosecondsPerSecond},
                                TimeUnit{"days", kDay},
                                TimeUnit{"day", kDay},
                                TimeUnit{"d", kDay},
                                TimeUnit{"weeks", 7 * kDay},
                                TimeUnit{"week", 7 * kDay},
                                TimeUnit{"w", 7 * kDay},
                                TimeUnit{"years", 31'557'600 * kMicrosecondsPerSecond},
                                TimeUnit{"year", 31'557'600 * kMicrosecondsPerSecond},
                                TimeUnit{"y", 31'557'600 * kMicrosecondsPerSecond},
                                TimeUnit{"usec", 1},
                                TimeUnit{"us", 1},
                                TimeUnit{"\xc2\xb5s", 1},
                                TimeUnit{"\xce\xbcs", 1}};

void skip_blanks(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\n\r"), text.size()));
}

// 0 where there is no unit.
std::uint64_t take_time_unit(std::string_view& text) {
  for (const TimeUnit& unit : kTimeUnits) {
    if (!text.starts_with(unit.name)) continue;
    text.remove_prefix(unit.name.size());
    return unit.microseconds;
  }
  return 0;
}

// The digits before the point; nothing where there are none or too many.
std::optional<std::uint64_t> take_whole(std::string_view& text) {
  constexpr std::size_t kMostDigits = 18;
  std::uint64_t number = 0;
  std::size_t digits = 0;
  for (; digits < text.size() && is_digit(text[digits]); ++digits) {
    if (digits == kMostDigits) return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(text[digits] - '0');
  }
  text.remove_prefix(digits);
  return number;
}

// "12.5min": one number with its unit.
std::optional<std::uint64_t> take_time_part(std::string_view& text) {
  const bool whole = !text.empty() && is_digit(text.front());
  const auto number = take_whole(text);
  if (!number) return std::nullopt;
  std::string_view fraction;
  if (text.starts_with('.')) {
    const std::size_t end = std::min(text.find_first_not_of("0123456789", 1), text.size());
    fraction = text.substr(1, end - 1);
    text.remove_prefix(end);
    if (fraction.empty()) return std::nullopt;
  } else if (!whole) {
    return std::nullopt;
  }
  const std::size_t before = text.size();
  skip_blanks(text);
  std::uint64_t unit = take_time_unit(text);
  if (unit == 0 && before == text.size() && before > 0) return std::nullopt;  // "12.34.56"
  if (unit == 0) unit = kMicrosecondsPerSecond;
  if (*number >= kNoLimit / unit) return std::nullopt;
  std::uint64_t sum = *number * unit;
  std::uint64_t place = unit / 10;
  for (const char digit : fraction) {
    sum += static_cast<std::uint64_t>(digit - '0') * place;
    place /= 10;
  }
  return sum;
}

}  // namespace

std::optional<std::uint64_t> parse_time_span(std::string_view text) {
  skip_blanks(text);
  if (text.starts_with("infinity")) {
    text.remove_prefix(8);
    skip_blanks(text);
    return text.empty() ? std::optional(kNoLimit) : std::nullopt;
  }
  if (text.empty()) return std::nullopt;
  std::uint64_t sum = 0;
  while (!text.empty()) {
    const auto part = take_time_part(text);
    if (!part || *part >= kNoLimit - sum) return std::nullopt;
    sum += *part;
    skip_blanks(text);
  }
  return sum;
}

}  // namespace ollama_gpu
