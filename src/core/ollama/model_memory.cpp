// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/ollama/model_memory.hpp"

#include <algorithm>
#include <initializer_list>

namespace ollama_gpu {

namespace {

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30U;
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 62U;  // bytes; a reply can say anything

std::uint64_t product_of(std::initializer_list<std::uint64_t> factors) {
  std::uint64_t result = 1;
  for (const std::uint64_t factor : factors) {
    if (factor == 0) return 0;
    if (result > kMostBytes / factor) return kMostBytes;
    result *= factor;
  }
  return result;
}

}  // namespace

std::uint64_t default_context(std::uint64_t memory) {
  if (memory >= 47 * kGiB) return 262144;
  return memory >= 23 * kGiB ? 32768 : 4096;
}

// In this order nothing overflows.
bool fits_on_one(std::uint64_t model, std::uint64_t gpu) { return model / 8 <= gpu / 10; }

std::uint64_t context_of(const StoredModel& model, const ContextSettings& settings) {
  const std::uint64_t trained = model.shape ? model.shape->trained_context : 0;
  return trained > 0 ? std::min(trained, settings.tokens) : settings.tokens;
}

std::uint64_t predicted_memory(const StoredModel& model, const ContextSettings& settings) {
  if (!model.shape) return model.size;
  const ModelShape& shape = *model.shape;
  const std::uint64_t context = product_of({2, shape.layers, shape.kv_heads, shape.head_size,
                                            context_of(model, settings), settings.parallel, 2});
  return std::min(model.size, kMostBytes) + context;
}

}  // namespace ollama_gpu
