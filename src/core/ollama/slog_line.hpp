// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace ollama_gpu {

// A line of Go's log/slog in either of its forms, taken apart; `message` is empty for other lines.
struct LogLine {
  std::string message;
  std::map<std::string, std::string> values = {};
};

// Reads "time=... level=INFO msg=\"...\" key=value" (slog.TextHandler) and
// "2025/04/09 19:36:55 routes.go:1231: INFO message key=value" (slog's default handler, which
// Ollama used for its first lines until 0.6.8).
LogLine parse_log_line(std::string_view line);

// What stands between "map[" and "]" of Go's fmt.Sprint of the environment, by variable. The values
// are not quoted there, so only names of variables that Ollama logs are taken for keys.
std::map<std::string, std::string> parse_go_map(std::string_view text);

}  // namespace ollama_gpu
