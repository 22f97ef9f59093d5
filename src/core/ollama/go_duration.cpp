// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <array>

#include "core/text/ascii.hpp"
#include "ollama_gpu/core/ollama/go_values.hpp"

// Go's time.ParseDuration and Duration.String (go/src/time/format.go, time.go), bit for bit.
namespace ollama_gpu {

namespace {

constexpr std::uint64_t kMagnitudeLimit = std::uint64_t{1} << 63U;  // of the most negative value
constexpr std::uint64_t kMicrosecond = 1'000;
constexpr std::uint64_t kMillisecond = 1'000'000;
constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kMinute = 60 * kSecond;
constexpr std::uint64_t kHour = 60 * kMinute;

struct Unit {
  std::string_view name;
  std::uint64_t nanoseconds;
};

// Both spellings of micro: U+00B5 and U+03BC.
constexpr std::array<Unit, 8> kUnits = {{{"ns", 1},
                                         {"us", kMicrosecond},
                                         {"\xC2\xB5s", kMicrosecond},
                                         {"\xCE\xBCs", kMicrosecond},
                                         {"ms", kMillisecond},
                                         {"s", kSecond},
                                         {"m", kMinute},
                                         {"h", kHour}}};

std::optional<std::uint64_t> unit_named(std::string_view name) {
  for (const Unit& unit : kUnits) {
    if (unit.name == name) return unit.nanoseconds;
  }
  return std::nullopt;
}

// The digits at the start of `text`, which is advanced behind them; nothing on overflow.
std::optional<std::uint64_t> take_integer(std::string_view& text) {
  std::uint64_t value = 0;
  while (!text.empty() && is_digit(text.front())) {
    if (value > kMagnitudeLimit / 10) return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(text.front() - '0');
    if (value > kMagnitudeLimit) return std::nullopt;
    text.remove_prefix(1);
  }
  return value;
}

struct Fraction {
  std::uint64_t digits = 0;
  double scale = 1;
};

// Digits behind the point; those beyond the precision are read and dropped.
Fraction take_fraction(std::string_view& text) {
  constexpr std::uint64_t kMost = kMagnitudeLimit - 1;
  Fraction fraction;
  bool overflow = false;
  while (!text.empty() && is_digit(text.front())) {
    const auto digit = static_cast<std::uint64_t>(text.front() - '0');
    text.remove_prefix(1);
    overflow = overflow || fraction.digits > kMost / 10;
    if (overflow) continue;
    const std::uint64_t next = fraction.digits * 10 + digit;
    overflow = next > kMost;
    if (overflow) continue;
    fraction.digits = next;
    fraction.scale *= 10;
  }
  return fraction;
}

std::string_view take_unit(std::string_view& text) {
  std::size_t length = 0;
  while (length < text.size() && text[length] != '.' && !is_digit(text[length])) ++length;
  const std::string_view name = text.substr(0, length);
  text.remove_prefix(length);
  return name;
}

// One "NUMBER UNIT" at the start of `text`, in nanoseconds.
std::optional<std::uint64_t> take_part(std::string_view& text) {
  const std::size_t before = text.size();
  const std::optional<std::uint64_t> whole = take_integer(text);
  if (!whole) return std::nullopt;
  bool has_digits = text.size() != before;
  Fraction fraction;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    const std::size_t before_fraction = text.size();
    fraction = take_fraction(text);
    has_digits = has_digits || text.size() != before_fraction;
  }
  const std::optional<std::uint64_t> unit = unit_named(take_unit(text));
  if (!has_digits || !unit || *whole > kMagnitudeLimit / *unit) return std::nullopt;
  std::uint64_t value = *whole * *unit;
  if (fraction.digits > 0) {
    value += static_cast<std::uint64_t>(static_cast<double>(fraction.digits) *
                                        (static_cast<double>(*unit) / fraction.scale));
  }
  return value > kMagnitudeLimit ? std::nullopt : std::optional(value);
}

// "5", "1.5", "1.000000001": no zeros at the end of the fraction.
std::string without_trailing_zeros(std::uint64_t value, std::uint64_t unit, int width) {
  std::string text = fmt::format("{}", value / unit);
  if (value % unit == 0) return text;
  std::string fraction = fmt::format("{:0{}}", value % unit, width);
  while (fraction.ends_with('0')) fraction.pop_back();
  return text + "." + fraction;
}

std::string format_magnitude(std::uint64_t value) {
  if (value == 0) return "0s";
  if (value < kMicrosecond) return fmt::format("{}ns", value);
  if (value < kMillisecond) return without_trailing_zeros(value, kMicrosecond, 3) + "\xC2\xB5s";
  if (value < kSecond) return without_trailing_zeros(value, kMillisecond, 6) + "ms";
  std::string seconds = without_trailing_zeros(value % kMinute, kSecond, 9) + "s";
  if (value < kMinute) return seconds;
  const std::string minutes = fmt::format("{}m", value / kMinute % 60);
  if (value < kHour) return minutes + seconds;
  return fmt::format("{}h", value / kHour) + minutes + seconds;
}

}  // namespace

std::optional<std::int64_t> parse_go_duration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  std::uint64_t sum = 0;
  while (!text.empty()) {
    if (text.front() != '.' && !is_digit(text.front())) return std::nullopt;
    const std::optional<std::uint64_t> part = take_part(text);
    if (!part || *part > kMagnitudeLimit - sum) return std::nullopt;
    sum += *part;
  }
  if (negative) return static_cast<std::int64_t>(0 - sum);
  if (sum > kMagnitudeLimit - 1) return std::nullopt;
  return static_cast<std::int64_t>(sum);
}

std::string format_go_duration(std::int64_t nanoseconds) {
  const bool negative = nanoseconds < 0;
  const auto bits = static_cast<std::uint64_t>(nanoseconds);
  const std::string text = format_magnitude(negative ? 0 - bits : bits);
  return negative ? "-" + text : text;
}

}  // namespace ollama_gpu
