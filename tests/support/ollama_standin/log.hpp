// SPDX-License-Identifier: MIT
// Ollama's log on stderr.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ollama_standin/go_time.hpp"

namespace ollama_standin {

using Attributes = std::vector<std::pair<std::string, std::string>>;

enum class Level { kTrace = -8, kDebug = -4, kInfo = 0, kWarn = 4, kError = 8 };

class Log {
 public:
  explicit Log(int threshold) : threshold_(threshold) {}

  void debug(std::string_view source, std::string_view message, const Attributes& more = {}) const;
  void info(std::string_view source, std::string_view message, const Attributes& more = {}) const;
  void warn(std::string_view source, std::string_view message, const Attributes& more = {}) const;

  // The format of the first lines before version 0.7.0.
  void old_info(std::string_view source, std::string_view message, const Attributes& more) const;

 private:
  void write(Level level, std::string_view source, std::string_view message,
             const Attributes& more) const;

  int threshold_;
};

struct Answered {  // a request
  int status;
  Duration took;
  std::string client;
  std::string method;
  std::string path;
};

// The line that Ollama's web framework writes on stdout: "[GIN] 2026/06/07 - 04:18:01 | 200 | …".
void log_request(const Answered& request);

// Writes a line to stderr at one go.
void write_stderr(std::string line);

}  // namespace ollama_standin
