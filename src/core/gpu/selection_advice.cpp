// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/gpu/selection_advice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "ollama_gpu/core/text/size.hpp"

namespace ollama_gpu {

namespace {

using Sizes = std::vector<std::uint64_t>;

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30U;

// Memory of each device; empty where one does not tell.
Sizes memory_of(const std::vector<SelectedDevice>& devices, const Inventory& inventory) {
  Sizes sizes;
  for (const SelectedDevice& device : devices) {
    const Gpu& gpu = inventory.gpus[device.gpu];
    const auto total = device.mig ? gpu.mig[*device.mig].memory_total : gpu.memory_total;
    if (!total) return {};
    sizes.push_back(*total);
  }
  return sizes;
}

std::uint64_t sum_of(const Sizes& sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0});
}

// Tokens, by the memory of all visible GPUs (server/routes.go, since 0.15.5).
unsigned default_context(std::uint64_t memory) {
  if (memory >= 47 * kGiB) return 262144;
  return memory >= 23 * kGiB ? 32768 : 4096;
}

// Ollama puts a model on one GPU when it takes at most 80 % of what is free there.
bool fits_on_one(std::uint64_t model, std::uint64_t gpu) { return model / 8 <= gpu / 10; }

std::string spread_line(const AdviceFacts& facts, const Sizes& sizes) {
  if (facts.after.size() == 1) return "spread changes nothing with one GPU";
  if (sizes.empty()) return "";
  const auto [smallest, largest] = std::ranges::minmax_element(sizes);
  std::string line = fmt::format("spread gives room ({} on {} GPUs), not speed",
                                 format_size(sum_of(sizes)), sizes.size());
  if (*smallest < *largest) {
    line += fmt::format("; the GPUs are unequal ({} to {})", format_size(*smallest),
                        format_size(*largest));
  }
  if (facts.largest_size > 0 && fits_on_one(facts.largest_size, *largest)) {
    line +=
        fmt::format("; the largest model installed, {} ({}), would fit on one of {}",
                    facts.largest_model, format_size(facts.largest_size), format_size(*largest));
  }
  return line;
}

std::string context_line(const AdviceFacts& facts, const Sizes& before, const Sizes& after) {
  if (facts.context_is_set || before.empty() || after.empty()) return "";
  const unsigned now = default_context(sum_of(before));
  const unsigned then = default_context(sum_of(after));
  if (then <= now) return "";
  return fmt::format(
      "{} of GPU memory in all raise the default context of Ollama 0.15.5 and later from {} to {} "
      "tokens: models take more memory; --context-length sets it",
      format_size(sum_of(after)), now, then);
}

}  // namespace

std::vector<std::string> selection_advice(const AdviceFacts& facts, const Inventory& inventory) {
  const Sizes after = memory_of(facts.after, inventory);
  std::vector<std::string> lines;
  if (facts.spread && !facts.after.empty()) lines.push_back(spread_line(facts, after));
  lines.push_back(context_line(facts, memory_of(facts.before, inventory), after));
  std::erase(lines, "");
  return lines;
}

}  // namespace ollama_gpu
