// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/ollama/go_values.hpp"

#include "core/text/ascii.hpp"
#include "core/text/unicode_space.hpp"

namespace ollama_gpu {

namespace {

bool is_quote(char c) { return c == '"' || c == '\''; }

// strconv.ParseInt(text, 10, 64).
std::optional<std::int64_t> parse_go_int(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const std::optional<std::uint64_t> magnitude = parse_decimal(text);
  const std::uint64_t limit = static_cast<std::uint64_t>(INT64_MAX) + (negative ? 1 : 0);
  if (!magnitude || *magnitude > limit) return std::nullopt;
  if (!negative) return static_cast<std::int64_t>(*magnitude);
  return static_cast<std::int64_t>(0 - *magnitude);
}

}  // namespace

std::string trim_like_ollama(std::string_view value) {
  value = trim_unicode_space(value);
  while (!value.empty() && is_quote(value.front())) value.remove_prefix(1);
  while (!value.empty() && is_quote(value.back())) value.remove_suffix(1);
  return std::string(value);
}

std::optional<bool> parse_go_bool(std::string_view text) {
  for (const std::string_view word : {"1", "t", "T", "TRUE", "true", "True"}) {
    if (text == word) return true;
  }
  for (const std::string_view word : {"0", "f", "F", "FALSE", "false", "False"}) {
    if (text == word) return false;
  }
  return std::nullopt;
}

bool is_switched_on(std::string_view value) {
  const std::string text = trim_like_ollama(value);
  return !text.empty() && parse_go_bool(text).value_or(true);
}

std::optional<std::uint64_t> parse_go_uint(std::string_view text) { return parse_decimal(text); }

std::optional<std::int64_t> parse_keep_alive(std::string_view text) {
  const std::string value = trim_like_ollama(text);
  std::optional<std::int64_t> result = parse_go_duration(value);
  if (!result) {
    const std::optional<std::int64_t> seconds = parse_go_int(value);
    if (!seconds) return std::nullopt;
    // time.Duration(n) * time.Second wraps around in Go, and so it does here.
    constexpr std::uint64_t kNsPerSecond = 1'000'000'000;
    result = static_cast<std::int64_t>(static_cast<std::uint64_t>(*seconds) * kNsPerSecond);
  }
  return *result < 0 ? kForeverNs : *result;
}

}  // namespace ollama_gpu
