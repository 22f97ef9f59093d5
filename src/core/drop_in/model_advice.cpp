// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "ollama_gpu/core/drop_in/selection_advice.hpp"
#include "ollama_gpu/core/text/size.hpp"

namespace ollama_gpu {

namespace {

constexpr std::size_t kMostNamed = 3;

struct Need {
  std::string name;
  std::uint64_t context = 0;  // bytes
  std::uint64_t total = 0;    // bytes
};

std::vector<Need> needs_of(const std::vector<StoredModel>& models, const ContextSettings& context) {
  std::vector<Need> needs;
  for (const StoredModel& model : models) {
    if (!model.shape) continue;
    const std::uint64_t total = predicted_memory(model, context);
    needs.push_back({model.name, total - model.size, total});
  }
  std::ranges::stable_sort(needs, std::ranges::greater{}, &Need::total);
  return needs;
}

std::string names(const std::vector<std::string>& all) {
  if (all.size() <= kMostNamed) return fmt::format("{}", fmt::join(all, ", "));
  const std::vector<std::string> first(all.begin(), all.begin() + kMostNamed);
  return fmt::format("{} and {} more", fmt::join(first, ", "), all.size() - kMostNamed);
}

std::string need_line(const std::vector<Need>& needs) {
  std::vector<std::string> parts;
  parts.reserve(needs.size());
  for (const Need& need : needs) {
    parts.push_back(fmt::format("{} {} ({} of it context)", need.name, format_size(need.total),
                                format_size(need.context)));
  }
  return "Ollama reckons with " + names(parts);
}

std::string place_line(const std::vector<Need>& needs, const std::vector<std::uint64_t>& gpus) {
  const std::uint64_t largest = *std::ranges::max_element(gpus);
  const std::uint64_t sum = std::accumulate(gpus.begin(), gpus.end(), std::uint64_t{0});
  std::vector<std::string> on_one;
  std::vector<std::string> on_all;
  std::vector<std::string> on_none;
  for (const Need& need : needs) {
    auto& fits = fits_on_one(need.total, largest) ? on_one : need.total <= sum ? on_all : on_none;
    fits.push_back(need.name);
  }
  if (on_one.empty() && on_all.empty()) {
    return fmt::format("fits on no GPU{}: {}", gpus.size() == 1 ? "" : ", nor on all together",
                       names(on_none));
  }
  std::vector<std::string> parts;
  if (!on_one.empty()) parts.push_back("on one GPU: " + names(on_one));
  if (!on_all.empty()) {
    parts.push_back(gpus.size() == 1
                        ? "if nothing else is on the GPU: " + names(on_all)
                        : fmt::format("on all {} GPUs together: {}", gpus.size(), names(on_all)));
  }
  if (!on_none.empty()) {
    parts.push_back("more than all GPUs hold: " + names(on_none));
  }
  return fmt::format("fits {}", fmt::join(parts, "; "));
}

// Loads them one after another, the largest first, as server/sched.go does: on the emptiest GPU
// where it fits, else on all together.
bool fit_beside_each_other(const std::vector<Need>& needs, std::vector<std::uint64_t> free,
                           bool spread) {
  bool first = true;
  for (const Need& need : needs) {
    const auto emptiest = std::ranges::max_element(free);
    const std::uint64_t sum = std::accumulate(free.begin(), free.end(), std::uint64_t{0});
    if (!spread && fits_on_one(need.total, *emptiest)) {
      *emptiest -= need.total;
    } else if (first ? need.total <= sum : fits_on_one(need.total, sum)) {
      // By what is free on each.
      const double left = 1 - static_cast<double>(need.total) / static_cast<double>(sum);
      for (std::uint64_t& bytes : free) {
        bytes = static_cast<std::uint64_t>(static_cast<double>(bytes) * left);
      }
    } else {
      return false;
    }
    first = false;
  }
  return true;
}

}  // namespace

std::vector<Advice> model_advice(const std::vector<StoredModel>& models,
                                 const ContextSettings& context,
                                 const std::vector<std::uint64_t>& gpus, bool spread) {
  const std::vector<Need> needs = needs_of(models, context);
  if (needs.empty() || gpus.empty()) return {};
  std::vector<Advice> lines{{need_line(needs), "", true}, {place_line(needs, gpus)}};
  if (needs.size() > 1) {
    lines.back().text += fit_beside_each_other(needs, gpus, spread)
                             ? "; they fit beside each other"
                             : "; not all beside each other: loading one unloads another";
  }
  return lines;
}

}  // namespace ollama_gpu
