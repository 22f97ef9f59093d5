// SPDX-License-Identifier: MIT
#include "ollama_standin/log.hpp"

#include <unistd.h>

#include <algorithm>

#include "ollama_standin/go_text.hpp"

namespace ollama_standin {

namespace {

std::string joined(const Attributes& attributes) {
  std::string text;
  for (const auto& [key, value] : attributes) text += " " + key + "=" + log_value(value);
  return text;
}

std::string_view name_of(Level level) {
  switch (level) {
    case Level::kTrace:
      return "TRACE";
    case Level::kDebug:
      return "DEBUG";
    case Level::kInfo:
      return "INFO";
    case Level::kWarn:
      return "WARN";
    case Level::kError:
      return "ERROR";
  }
  return "INFO";
}

void write_line(int file, std::string line) {
  line += '\n';
  std::string_view rest = line;
  while (!rest.empty()) {
    const auto written = ::write(file, rest.data(), rest.size());
    if (written <= 0) return;
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

// Go counts characters, of which "µs" has one that is two bytes.
void append_padded(std::string& line, const std::string& text, std::ptrdiff_t width) {
  const auto characters =
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
  line.append(static_cast<std::size_t>(std::max<std::ptrdiff_t>(width - characters, 0)), ' ');
  line += text;
}

}  // namespace

void write_stderr(std::string line) { write_line(STDERR_FILENO, std::move(line)); }

void log_request(const Answered& request) {
  std::string line = "[GIN] " + old_log_time(now()) + " | " + std::to_string(request.status);
  line.insert(line.find(' ', 6), " -");
  line += " | ";
  append_padded(line, format_duration(request.took), 13);
  line += " | ";
  append_padded(line, request.client, 15);
  line.append(" | ").append(request.method);
  line.append(request.method.size() < 7 ? 7 - request.method.size() : 0, ' ');
  line.append("  \"").append(request.path).append("\"");
  write_line(STDOUT_FILENO, std::move(line));
}

void Log::write(Level level, std::string_view source, std::string_view message,
                const Attributes& more) const {
  if (static_cast<int>(level) < threshold_) return;
  std::string line = "time=" + log_time(now()) + " level=";
  line.append(name_of(level)).append(" source=").append(source);
  line += " msg=" + log_value(message) + joined(more);
  write_stderr(std::move(line));
}

void Log::debug(std::string_view source, std::string_view message, const Attributes& more) const {
  write(Level::kDebug, source, message, more);
}

void Log::info(std::string_view source, std::string_view message, const Attributes& more) const {
  write(Level::kInfo, source, message, more);
}

void Log::warn(std::string_view source, std::string_view message, const Attributes& more) const {
  write(Level::kWarn, source, message, more);
}

void Log::old_info(std::string_view source, std::string_view message,
                   const Attributes& more) const {
  if (static_cast<int>(Level::kInfo) < threshold_) return;
  std::string line = old_log_time(now()) + " ";
  line.append(source).append(": INFO ").append(message);
  write_stderr(line + joined(more));
}

}  // namespace ollama_standin
