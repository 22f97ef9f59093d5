// SPDX-License-Identifier: MIT
#include "ollama_standin/go_time.hpp"

#include <array>
#include <cctype>
#include <cstdio>
#include <ctime>
#include <utility>

namespace ollama_standin {

namespace {

constexpr std::uint64_t kLimit = 1ULL << 63U;

std::optional<std::uint64_t> unit_length(std::string_view unit) {
  constexpr std::array<std::pair<std::string_view, std::uint64_t>, 8> kUnits{{
      {"ns", 1},
      {"us", 1'000},
      {"\u00b5s", 1'000},
      {"\u03bcs", 1'000},
      {"ms", 1'000'000},
      {"s", 1'000'000'000},
      {"m", 60'000'000'000},
      {"h", 3'600'000'000'000},
  }};
  for (const auto& [name, length] : kUnits) {
    if (name == unit) return length;
  }
  return std::nullopt;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// One "12.5ms" off the front of `text`, in nanoseconds.
std::optional<std::uint64_t> take_part(std::string_view& text) {
  std::uint64_t whole = 0;
  long double fraction = 0;
  long double scale = 1;
  bool digits = false;
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
    digits = true;
    if (whole > kLimit / 10) return std::nullopt;
    whole = whole * 10 + static_cast<std::uint64_t>(text.front() - '0');
  }
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
      digits = true;
      scale /= 10;
      fraction += scale * (text.front() - '0');
    }
  }
  if (!digits) return std::nullopt;
  std::size_t end = 0;
  while (end < text.size() && text[end] != '.' && !is_digit(text[end])) ++end;
  const auto length = unit_length(text.substr(0, end));
  if (!length || whole > kLimit / *length) return std::nullopt;
  text.remove_prefix(end);
  return whole * *length + static_cast<std::uint64_t>(fraction * static_cast<long double>(*length));
}

std::string fraction_of(std::uint64_t value, std::uint64_t unit, int digits) {
  std::array<char, 32> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%0*llu", digits,
                static_cast<unsigned long long>(value % unit));
  std::string text = buffer.data();
  while (!text.empty() && text.back() == '0') text.pop_back();
  return std::to_string(value / unit) + (text.empty() ? "" : "." + text);
}

std::string format_time(Instant time, const char* pattern) {
  const auto second = static_cast<std::time_t>(time.second);
  std::tm parts{};
  ::gmtime_r(&second, &parts);
  std::array<char, 64> buffer{};
  std::strftime(buffer.data(), buffer.size(), pattern, &parts);
  return buffer.data();
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  std::uint64_t total = 0;
  while (!text.empty()) {
    const auto part = take_part(text);
    if (!part || *part > kLimit || total + *part > kLimit) return std::nullopt;
    total += *part;
  }
  if (negative) return static_cast<Duration>(0 - total);
  if (total > kLimit - 1) return std::nullopt;
  return static_cast<Duration>(total);
}

std::string format_duration(Duration duration) {
  const bool negative = duration < 0;
  const auto bits = static_cast<std::uint64_t>(duration);
  const std::uint64_t length = negative ? 0 - bits : bits;
  const std::string sign = negative ? "-" : "";
  if (length == 0) return "0s";
  if (length < 1'000) return sign + std::to_string(length) + "ns";
  if (length < 1'000'000) return sign + fraction_of(length, 1'000, 3) + "\u00b5s";
  if (length < 1'000'000'000) return sign + fraction_of(length, 1'000'000, 6) + "ms";
  const std::uint64_t minutes = length / 60'000'000'000;
  std::string text = fraction_of(length % 60'000'000'000, 1'000'000'000, 9) + "s";
  if (minutes > 0) text = std::to_string(minutes % 60) + "m" + text;
  if (minutes >= 60) text = std::to_string(minutes / 60) + "h" + text;
  return sign + text;
}

Duration seconds(std::int64_t count) {
  return static_cast<Duration>(static_cast<std::uint64_t>(count) *
                               static_cast<std::uint64_t>(kSecond));
}

Instant now() {
  std::timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return {time.tv_sec, time.tv_nsec};
}

Instant after(Instant start, Duration duration) {
  start.second += duration / kSecond;
  start.nanosecond += duration % kSecond;
  if (start.nanosecond >= kSecond) {
    ++start.second;
    start.nanosecond -= kSecond;
  }
  return start;
}

std::string rfc3339_nano(Instant time) {
  std::array<char, 16> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%09ld", static_cast<long>(time.nanosecond));
  return format_time(time, "%Y-%m-%dT%H:%M:%S") + fraction.data() + "Z";
}

std::string log_time(Instant time) {
  std::array<char, 16> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03ld",
                static_cast<long>(time.nanosecond / 1'000'000));
  return format_time(time, "%Y-%m-%dT%H:%M:%S") + fraction.data() + "Z";
}

std::string old_log_time(Instant time) { return format_time(time, "%Y/%m/%d %H:%M:%S"); }

}  // namespace ollama_standin
