// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ollama_gpu {

// What decides how much memory a model's context takes (POST /api/show, "model_info").
struct ModelShape {
  std::uint64_t layers = 0;
  std::uint64_t kv_heads = 0;
  std::uint64_t head_size = 0;
  std::uint64_t trained_context = 0;  // tokens; 0: not known
};

// A model as it lies on disk.
struct StoredModel {
  std::string name;
  std::uint64_t size = 0;         // bytes of its files
  std::string architecture = {};  // "llama"; empty: not known
  std::optional<ModelShape> shape = {};
};

// How much context a model is loaded with, in tokens for each of the parallel requests.
struct ContextSettings {
  std::uint64_t tokens = 0;
  std::uint64_t parallel = 1;
  bool by_default = true;  // nobody has set OLLAMA_CONTEXT_LENGTH
};

// The default context in tokens, by the bytes of all visible GPUs less OLLAMA_GPU_OVERHEAD each
// (server/routes.go, since 0.15.5).
std::uint64_t default_context(std::uint64_t memory);

// Tokens that a model is loaded with: no more than it was trained for (server/sched.go).
std::uint64_t context_of(const StoredModel& model, const ContextSettings& settings);

// Bytes that Ollama reckons a model takes: its files, and its context with two bytes an element
// whatever the cache type (llm/llama_server.go, PredictServerVRAM). Without a shape: the files.
std::uint64_t predicted_memory(const StoredModel& model, const ContextSettings& settings);

// Ollama puts a model on one GPU when it takes at most 80 % of what is free there (0.30 and later).
bool fits_on_one(std::uint64_t model, std::uint64_t gpu);

}  // namespace ollama_gpu
