// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ollama_gpu {

inline constexpr std::uint64_t kNoLimit = UINT64_MAX;  // USEC_INFINITY

// A time span as systemd.time(7) writes it ("90", "1min 30s", "infinity"), in microseconds; nothing
// where systemd would refuse it. A number without a unit is seconds (src/basic/time-util.c,
// parse_time). Fractions are cut after the microsecond.
std::optional<std::uint64_t> parse_time_span(std::string_view text);

}  // namespace ollama_gpu
