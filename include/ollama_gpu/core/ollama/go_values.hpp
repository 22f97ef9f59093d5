// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ollama_gpu {

// What envconfig.Var() does to every variable first: trims white space, then quotes at both ends.
std::string trim_like_ollama(std::string_view value);

// Go's strconv.ParseBool: 1 t T TRUE true True, 0 f F FALSE false False; else nothing.
std::optional<bool> parse_go_bool(std::string_view text);

// A switch as Ollama reads it (envconfig.Bool): on for every word that is not false or nothing.
bool is_switched_on(std::string_view value);

// In go_duration.cpp: Go's time.ParseDuration in nanoseconds; nothing for text it refuses (also on
// overflow).
std::optional<std::int64_t> parse_go_duration(std::string_view text);

// Go's Duration.String(): "24h0m0s", "5m0s", "0s", "1.5s".
std::string format_go_duration(std::int64_t nanoseconds);

// Go's strconv.ParseUint(text, 10, 64).
std::optional<std::uint64_t> parse_go_uint(std::string_view text);

inline constexpr std::int64_t kForeverNs = INT64_MAX;

// OLLAMA_KEEP_ALIVE as Ollama reads it (envconfig/config.go): nanoseconds, kForeverNs for negative
// values, nothing where Ollama would silently take its default.
std::optional<std::int64_t> parse_keep_alive(std::string_view text);

}  // namespace ollama_gpu
