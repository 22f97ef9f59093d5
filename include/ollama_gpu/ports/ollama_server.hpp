// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ollama_gpu/core/ollama/model_memory.hpp"
#include "ollama_gpu/core/ollama/ollama_host.hpp"
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
  std::string remote_host = {};   // of a cloud model: where it runs; else empty
  std::string architecture = {};  // its "family"
};

// How long a model stays loaded after its last use: whole seconds from 1; negative: for ever.
using KeepAlive = std::chrono::seconds;

// An Ollama that runs as a unit: how its address is written, the numeric one that is connected to,
// and the control group that must hold the other end of the connection.
struct OllamaService {
  Endpoint endpoint;
  std::string address;
  std::string control_group;
};

// Ollama's HTTP API. Every question goes over a connection of its own, and only once the other end
// was seen to be the service's (Errc::conflict: it is another's). Proxies in our own environment
// are ignored; replies are limited in size and time. Errors: Errc::not_found (nobody listens),
// Errc::failed (no answer in time, not JSON).
class OllamaServer {
 public:
  using Seconds = std::chrono::duration<double>;
  // Called about every 100 ms while a model is loaded, with the time waited; returns false to give
  // up, and Ollama then stops loading it.
  using Tick = std::function<bool(Seconds)>;
  virtual ~OllamaServer() = default;
  virtual Result<std::string> version(const OllamaService& service, Seconds timeout) = 0;
  virtual Result<std::vector<LoadedModel>> loaded(const OllamaService& service,
                                                  Seconds timeout) = 0;
  virtual Result<std::vector<InstalledModel>> installed(const OllamaService& service,
                                                        Seconds timeout) = 0;
  // What its context takes (POST /api/show); nothing where that cannot be told: a model without
  // layers, or one whose layers differ.
  virtual Result<std::optional<ModelShape>> shape(const OllamaService& service,
                                                  const std::string& model, Seconds timeout) = 0;
  // Loads a model and returns when it is in memory, however long that takes; it then stays for
  // `keep_alive` (nothing: as the server is set). Errc::not_found (no such model), Errc::busy (its
  // queue is full), Errc::interrupted (`tick` gave up), Errc::failed (also: nobody listens).
  virtual Result<void> load(const OllamaService& service, const std::string& model,
                            std::optional<KeepAlive> keep_alive, const Tick& tick) = 0;
  // Has the model answer with one token, however long that takes; it is loaded first where it is
  // not. Errors as of load(); Errc::failed also where no token came.
  virtual Result<void> probe(const OllamaService& service, const std::string& model,
                             const Tick& tick) = 0;
  // Takes a model out of memory once nobody uses it; nothing happens where it is not loaded.
  virtual Result<void> unload(const OllamaService& service, const std::string& model,
                              const Tick& tick) = 0;
};

}  // namespace ollama_gpu::ports
