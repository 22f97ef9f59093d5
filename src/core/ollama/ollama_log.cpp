// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/ollama/ollama_log.hpp"

#include <algorithm>
#include <array>

#include "core/ollama/slog_line.hpp"
#include "core/text/ascii.hpp"

namespace ollama_gpu {

namespace {

std::string value_of(const LogLine& line, const std::string& key) {
  const auto found = line.values.find(key);
  return found == line.values.end() ? std::string() : found->second;
}

// discover/types.go LogDetails, and discover/gpu.go before 0.12.4.
InferenceCompute read_device(const LogLine& parsed, const std::string& line) {
  InferenceCompute device;
  device.line = line;
  device.id = value_of(parsed, "id");
  device.filter_id = value_of(parsed, "filter_id");
  device.library = value_of(parsed, "library");
  device.pci = ascii_lower(value_of(parsed, "pci_id"));
  device.description = value_of(parsed, "description");
  // The oldest form has the card's name there, the later ones CUDA0.
  if (device.description.empty()) device.description = value_of(parsed, "name");
  return device;
}

void read_server_config(const LogLine& parsed, OllamaLog& log) {
  constexpr std::string_view kStart = "map[";
  const std::string text = value_of(parsed, "env");
  if (!text.starts_with(kStart) || !text.ends_with(']')) return;
  const std::string_view inner =
      std::string_view(text).substr(kStart.size(), text.size() - kStart.size() - 1);
  log.server_config = parse_go_map(inner);
}

// "Listening on 127.0.0.1:11434 (version 0.33.0)" (server/routes.go).
void read_listening(const std::string& message, OllamaLog& log) {
  constexpr std::string_view kStart = "Listening on ";
  constexpr std::string_view kVersion = " (version ";
  if (!message.starts_with(kStart)) return;
  const std::string rest = message.substr(kStart.size());
  const std::size_t version = rest.find(kVersion);
  log.listening_on = rest.substr(0, version);
  if (version == std::string::npos || !rest.ends_with(')')) return;
  const std::size_t start = version + kVersion.size();
  log.version = rest.substr(start, rest.size() - start - 1);
}

// discover/cuda_compat.go, discover/llama_server.go, discover/amd.go, discover/runner.go.
bool is_refusal(const std::string& message) {
  constexpr std::array<std::string_view, 6> kStarts{"NVIDIA driver too old",
                                                    "skipping CUDA device",
                                                    "dropping ROCm device",
                                                    "dropping integrated GPU",
                                                    "llama-server GPU discovery watchdog timed out",
                                                    "failure during llama-server GPU discovery"};
  return std::ranges::any_of(kStarts,
                             [&](std::string_view start) { return message.starts_with(start); });
}

// Without the time, the level and the place in the source.
std::string without_head(std::string_view line) {
  const std::size_t message = line.find("msg=");
  return std::string(message == std::string_view::npos ? line : line.substr(message + 4));
}

}  // namespace

bool InferenceCompute::is_cpu() const { return id == "cpu" || ascii_lower(library) == "cpu"; }

bool InferenceCompute::is_vulkan() const { return ascii_lower(library) == "vulkan"; }

bool InferenceCompute::is_rocm() const { return ascii_lower(library) == "rocm"; }

bool OllamaLogReader::take(int pid, std::string_view line) {
  if (!log_.server_config) {
    const LogLine parsed = parse_log_line(line);
    if (parsed.message == "server config") read_server_config(parsed, log_);
    pid_ = pid;
    return true;
  }
  if (pid != pid_) return true;
  const LogLine parsed = parse_log_line(line);
  if (parsed.message == "inference compute") {
    log_.devices.push_back(read_device(parsed, std::string(line)));
    return true;
  }
  if (is_refusal(parsed.message)) log_.refusals.push_back(without_head(line));
  read_listening(parsed.message, log_);
  // Lines of another form, such as those of requests, may stand between.
  return log_.devices.empty() || parsed.message.empty();
}

OllamaLog parse_ollama_log(const std::vector<std::string>& lines) {
  OllamaLogReader reader;
  for (const std::string& line : lines) {
    if (!reader.take(0, line)) break;
  }
  return reader.log();
}

}  // namespace ollama_gpu
