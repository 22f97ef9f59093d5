// SPDX-License-Identifier: MIT
// How Go reads and writes plain values; Ollama's settings and log lines follow it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ollama_standin {

std::optional<bool> parse_bool(std::string_view text);           // strconv.ParseBool
std::optional<std::uint64_t> parse_uint(std::string_view text);  // strconv.ParseUint, base 10
std::optional<std::int64_t> parse_int(std::string_view text);    // strconv.ParseInt, base 10

std::string quote(std::string_view text);       // strconv.Quote
std::string log_value(std::string_view text);   // as slog's TextHandler prints it
std::string human_bytes(std::uint64_t bytes);   // "15.6 GiB"
std::string json_quote(std::string_view text);  // a JSON string
std::string to_lower(std::string_view text);

}  // namespace ollama_standin
