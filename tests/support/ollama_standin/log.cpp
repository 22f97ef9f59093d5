// SPDX-License-Identifier: MIT
#include "ollama_standin/log.hpp"

#include <unistd.h>

#include "ollama_standin/go_text.hpp"
#include "ollama_standin/go_time.hpp"

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

}  // namespace

void write_stderr(std::string line) {
  line += '\n';
  std::string_view rest = line;
  while (!rest.empty()) {
    const auto written = ::write(STDERR_FILENO, rest.data(), rest.size());
    if (written <= 0) return;
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
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
