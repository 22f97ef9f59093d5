// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ollama_gpu/core/go_values.hpp"
#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu::ports {

// A model in memory (GET /api/ps). Sizes in bytes.
struct LoadedModel {
  std::string name;
  std::uint64_t size = 0;
  std::uint64_t size_vram = 0;
  std::string expires_at = {};            // RFC 3339, as Ollama wrote it
  std::optional<double> expires_in = {};  // seconds; empty: for ever (more than 20 years)
  std::uint64_t context_length = 0;
};

struct InstalledModel {
  std::string name;
  std::uint64_t size = 0;
};

// Ollama's HTTP API. Proxies in our own environment are ignored; replies are limited in size and
// time. Errors: Errc::not_found (nobody listens), Errc::failed (no answer in time, not JSON).
class OllamaServer {
 public:
  using Seconds = std::chrono::duration<double>;
  virtual ~OllamaServer() = default;
  // It will be asked soon: what takes time to load may be loaded now, in the background.
  virtual void prepare() = 0;
  virtual Result<std::string> version(const Endpoint& endpoint, Seconds timeout) = 0;
  virtual Result<std::vector<LoadedModel>> loaded(const Endpoint& endpoint, Seconds timeout) = 0;
  virtual Result<std::vector<InstalledModel>> installed(const Endpoint& endpoint,
                                                        Seconds timeout) = 0;
};

}  // namespace ollama_gpu::ports
