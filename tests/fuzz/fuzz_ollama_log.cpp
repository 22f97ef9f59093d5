// SPDX-License-Identifier: MIT
// Any lines in the journal of Ollama's unit.
#include <cstddef>
#include <cstdint>

#include "ollama_gpu/core/ollama/ollama_log.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::string> lines(1);
  for (std::size_t i = 0; i < size; ++i) {
    if (data[i] == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += static_cast<char>(data[i]);
    }
  }
  const ollama_gpu::OllamaLog log = ollama_gpu::parse_ollama_log(lines);
  for (const ollama_gpu::InferenceCompute& device : log.devices) {
    (void)device.is_cpu();
    (void)device.is_vulkan();
  }
  for (const std::string& line : lines) (void)ollama_gpu::parse_slog_line(line);
  return 0;
}
