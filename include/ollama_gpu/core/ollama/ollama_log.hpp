// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ollama_gpu {

// One "inference compute" line of Ollama's log, in any of its three formats (Ollama
// discover/types.go, discover/runner.go).
struct InferenceCompute {
  std::string line;  // as logged
  std::string id;
  std::string filter_id;
  std::string library;  // "CUDA", "cuda", "Vulkan", "ROCm", "cpu"
  std::string pci;      // lower case, "" where the version does not log it
  std::string description;

  bool is_cpu() const;
  bool is_vulkan() const;
  bool is_rocm() const;
};

// What Ollama logged when it started.
struct OllamaLog {
  // The "server config" map: every variable as Ollama parsed it. Nothing when not seen.
  std::optional<std::map<std::string, std::string>> server_config = {};
  std::vector<InferenceCompute> devices = {};
  std::vector<std::string> refusals = {};  // why a GPU is not used, in Ollama's words
  std::string version = {};                // from "Listening on ADDR (version V)"
  std::string listening_on = {};
};

// Reads what a run logged, from its first line on. The first "server config" counts, and the
// "inference compute" lines that the same process wrote after it: what a child prints later, or
// before, proves nothing.
class OllamaLogReader {
 public:
  // Whether more lines are wanted: false once all that is logged at a start was seen.
  bool take(int pid, std::string_view line);
  const OllamaLog& log() const { return log_; }

 private:
  OllamaLog log_ = {};
  int pid_ = 0;  // who wrote the "server config"
};

// The same for lines (newest last) of one process.
OllamaLog parse_ollama_log(const std::vector<std::string>& lines);

// The key=value pairs of a log/slog text line, quotes undone; empty for other lines.
std::map<std::string, std::string> parse_slog_line(std::string_view line);

// In logged_value.cpp: how Ollama's "server config" shows a variable that was set to `value` ("1"
// -> "true", "24h" -> "24h0m0s"); nothing where the log does not show that variable, or not
// comparably.
std::optional<std::string> logged_value(std::string_view name, std::string_view value);

}  // namespace ollama_gpu
