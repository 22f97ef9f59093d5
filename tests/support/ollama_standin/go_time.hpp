// SPDX-License-Identifier: MIT
// Go's time.Duration and the time stamps that Ollama writes.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace ollama_standin {

using Duration = std::int64_t;  // nanoseconds

inline constexpr Duration kSecond = 1'000'000'000;
inline constexpr Duration kForever = std::numeric_limits<Duration>::max();

std::optional<Duration> parse_duration(std::string_view text);  // time.ParseDuration
std::string format_duration(Duration duration);                 // Duration.String

// `count` seconds as a Duration, wrapping around as Go's multiplication does.
Duration seconds(std::int64_t count);

struct Instant {  // a time stamp; farther away than nanoseconds in 64 bits reach
  std::int64_t second = 0;
  std::int64_t nanosecond = 0;
  auto operator<=>(const Instant&) const = default;
};

Instant now();
Instant after(Instant start, Duration duration);

std::string rfc3339_nano(Instant time);  // 2026-06-07T04:18:01.033000001Z
std::string log_time(Instant time);      // 2026-06-07T04:18:01.033Z
std::string old_log_time(Instant time);  // 2025/04/09 19:36:55

}  // namespace ollama_standin
