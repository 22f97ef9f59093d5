// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/drop_in/selection_advice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <numeric>

#include "ollama_gpu/core/drop_in/model_placement.hpp"
#include "ollama_gpu/core/gpu/visible_devices.hpp"
#include "ollama_gpu/core/text/size.hpp"

namespace ollama_gpu {

namespace {

using Sizes = std::vector<std::uint64_t>;

std::uint64_t sum_of(const Sizes& sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0});
}

std::string spread_line(const AdviceFacts& facts, const Sizes& sizes,
                        const ContextSettings& context) {
  if (facts.after.size() == 1) return "spread changes nothing with one GPU";
  if (sizes.empty()) return "";
  const auto [smallest, largest] = std::ranges::minmax_element(sizes);
  std::string line = fmt::format("spread gives room ({} on {} GPUs), not speed",
                                 format_size(sum_of(sizes)), sizes.size());
  if (*smallest < *largest) {
    line += fmt::format("; the GPUs are unequal ({} to {})", format_size(*smallest),
                        format_size(*largest));
  }
  const StoredModel* most = nullptr;
  for (const StoredModel& model : facts.models) {
    const bool more =
        most == nullptr || predicted_memory(model, context) > predicted_memory(*most, context);
    if (more) most = &model;
  }
  if (most != nullptr && fits_on_one(predicted_memory(*most, context), *largest)) {
    line +=
        fmt::format("; the largest model installed, {} ({}), would fit on one of {}", most->name,
                    format_size(predicted_memory(*most, context)), format_size(*largest));
  }
  return line;
}

std::string context_line(const AdviceFacts& facts, const Sizes& before, const Sizes& after,
                         const ContextSettings& then) {
  if (!then.by_default || after.empty()) return "";
  const ContextSettings now = context_settings(facts.now, before);
  const bool told = !before.empty() && now.by_default && now.tokens != then.tokens;
  return fmt::format(
      "the default context is {} tokens with {} of GPU memory{} (Ollama 0.15.5 and "
      "later); --context-length sets it",
      then.tokens, format_size(sum_of(after)), told ? fmt::format(", {} before", now.tokens) : "");
}

}  // namespace

std::vector<Advice> selection_advice(const AdviceFacts& facts, const Inventory& inventory) {
  const Sizes before = memory_of(facts.before, inventory);
  const Sizes after = memory_of(facts.after, inventory);
  const ContextSettings context = context_settings(facts.then, after);
  std::vector<Advice> lines;
  if (facts.spread && !facts.after.empty()) {
    lines.push_back({spread_line(facts, after, context), "OLLAMA_SCHED_SPREAD"});
  }
  std::vector<Advice> models;
  if (!after.empty()) models = model_advice(facts.models, context, after, is_spread(facts.then));
  lines.push_back({context_line(facts, before, after, context), "", !models.empty()});
  std::ranges::move(models, std::back_inserter(lines));
  std::erase_if(lines, [](const Advice& line) { return line.text.empty(); });
  return lines;
}

}  // namespace ollama_gpu
