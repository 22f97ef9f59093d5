// SPDX-License-Identifier: MIT
#include "app/proof/memory_evidence.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "ollama_gpu/core/text/size.hpp"

namespace ollama_gpu::app {

namespace {

constexpr double kSameShare = 0.05;
constexpr double kFarOff = 1.25;                  // what the cards hold / what Ollama says
constexpr std::uint64_t kOverhead = 2ULL << 30U;  // bytes of a GPU that CUDA itself may take
constexpr double kUneven = 1.5;                   // largest / mean: more is worth a word

// What was loaded already cannot be told from what else the service holds.
std::uint64_t share_of(const LoadReport& load, const GpuLoad& entry) {
  if (load.was_loaded) return entry.after;
  return entry.after > entry.before ? entry.after - entry.before : 0;
}

std::string label(const GpuLoad& entry) {
  if (entry.gpu.index) return fmt::format("GPU {}", *entry.gpu.index);
  return entry.gpu.pci.empty() ? "a GPU" : entry.gpu.pci;
}

std::string list_of_shares(const LoadReport& load, bool selected) {
  std::vector<std::string> parts;
  for (const GpuLoad& entry : load.gpus) {
    const std::uint64_t share = share_of(load, entry);
    if (entry.selected != selected || share == 0) continue;
    parts.push_back(fmt::format("{} {}", label(entry), format_size(share)));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

// A model runs on the GPUs of one vendor: the others' are not expected to have a share.
bool is_expected(const LoadReport& load, const GpuLoad& entry) {
  if (!entry.selected) return false;
  if (share_of(load, entry) > 0) return true;
  const auto holds = [&](const GpuLoad& other) { return share_of(load, other) > 0; };
  const bool none = std::ranges::none_of(load.gpus, holds);
  const bool vendor = std::ranges::any_of(load.gpus, [&](const GpuLoad& other) {
    return other.gpu.vendor == entry.gpu.vendor && holds(other);
  });
  return entry.sure && (none || vendor);
}

std::string list_of_empty(const LoadReport& load) {
  std::vector<std::string> parts;
  for (const GpuLoad& entry : load.gpus) {
    const bool empty = share_of(load, entry) == 0;
    if (empty && is_expected(load, entry)) parts.push_back(label(entry));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::vector<std::uint64_t> shares(const LoadReport& load, bool selected) {
  std::vector<std::uint64_t> found;
  for (const GpuLoad& entry : load.gpus) {
    const bool wanted = selected ? is_expected(load, entry) : !entry.selected;
    if (wanted) found.push_back(share_of(load, entry));
  }
  return found;
}

std::uint64_t sum(const std::vector<std::uint64_t>& values) {
  return std::accumulate(values.begin(), values.end(), std::uint64_t{0});
}

Evidence level(EvidenceStatus status, std::string detail) {
  return {EvidenceLevel::memory, status, std::move(detail)};
}

// Nothing was seen on any GPU.
Evidence judge_nothing(const LoadReport& load, bool on_cpu_by_choice) {
  if (load.size_vram > 0) {
    return level(EvidenceStatus::skipped,
                 fmt::format("Ollama says that {} of {} lie on GPUs, but the driver shows no "
                             "process of this service on any",
                             format_size(load.size_vram), load.model));
  }
  if (on_cpu_by_choice) {
    return level(EvidenceStatus::ok, fmt::format("{} lies on the CPU, as selected", load.model));
  }
  return level(EvidenceStatus::failed,
               fmt::format("{} lies on the CPU: no GPU holds any of it", load.model));
}

}  // namespace

Evidence judge_by_ollama(const LoadReport& load, const Inventory& inventory,
                         const std::map<std::string, std::string>& environment) {
  const std::string problem = inventory.problem.empty() ? "no GPU was found" : inventory.problem;
  if (load.size == 0) return level(EvidenceStatus::skipped, problem);
  const auto list = environment.find("CUDA_VISIBLE_DEVICES");
  const bool none = list != environment.end() && (list->second == "-1" || list->second.empty());
  const std::string size = format_size(load.size);
  if (load.size_vram == 0) {
    return level(none ? EvidenceStatus::ok : EvidenceStatus::skipped,
                 fmt::format("{}: {}, all on the CPU{}", load.model, size,
                             none ? ", as selected" : ", Ollama says; " + problem));
  }
  return level(EvidenceStatus::skipped,
               fmt::format("{}: {} of {} on GPUs, Ollama says; {}", load.model,
                           format_size(load.size_vram), size, problem));
}

Evidence judge_memory(LoadReport& load) {
  const auto wanted = shares(load, true);
  const std::uint64_t elsewhere = sum(shares(load, false));
  const std::uint64_t total = sum(wanted);
  if (total + elsewhere == 0) return judge_nothing(load, wanted.empty());
  if (elsewhere > 0) {
    return level(EvidenceStatus::failed, fmt::format("{} lies on a GPU that is not selected: {}",
                                                     load.model, list_of_shares(load, false)));
  }
  const double mean = static_cast<double>(total) / static_cast<double>(wanted.size());
  load.largest_to_mean = static_cast<double>(*std::ranges::max_element(wanted)) / mean;
  const std::string where = fmt::format("{}: {}", load.model, list_of_shares(load, true));
  const std::string empty = list_of_empty(load);
  if (!load.spread) return level(EvidenceStatus::ok, where);
  if (!empty.empty()) {
    return level(EvidenceStatus::failed,
                 fmt::format("{}; spread is on, but it has nothing on {}", where, empty));
  }
  const auto [least, most] = std::ranges::minmax(wanted);
  const bool same = static_cast<double>(most - least) <= kSameShare * static_cast<double>(most);
  if (load.equal_shares && !same) {
    return level(EvidenceStatus::failed,
                 fmt::format("{}; with split mode tensor every selected GPU should hold the same, "
                             "and they do not within 5 %: is it in force?",
                             where));
  }
  return level(EvidenceStatus::ok,
               fmt::format("{}; every selected GPU has its share (largest / mean {:.2f})", where,
                           *load.largest_to_mean));
}

std::string disagreement(const LoadReport& load) {
  const std::uint64_t on_gpus = sum(shares(load, true)) + sum(shares(load, false));
  if (load.was_loaded || load.size_vram == 0 || on_gpus == 0) return "";
  const double ratio = static_cast<double>(on_gpus) / static_cast<double>(load.size_vram);
  const std::uint64_t apart = std::max(on_gpus, load.size_vram) - std::min(on_gpus, load.size_vram);
  const bool is_near = ratio < kFarOff && ratio > 1 / kFarOff;
  if (is_near || apart < kOverhead * load.gpus.size()) return "";
  return fmt::format(
      "Ollama reckons with {} on the GPUs (ollama ps), the GPUs hold {}: the GPUs are right, and "
      "what Ollama thinks fits beside it is not",
      format_size(load.size_vram), format_size(on_gpus));
}

std::vector<std::string> memory_warnings(const LoadReport& load) {
  std::vector<std::string> warnings;
  if (load.spread && load.largest_to_mean.value_or(0) > kUneven) {
    warnings.push_back(
        fmt::format("{} is spread unevenly: the largest share is {:.2f} times the mean ({})",
                    load.model, *load.largest_to_mean, list_of_shares(load, true)));
  }
  if (load.size_vram > 0 && load.size_vram < load.size) {
    warnings.push_back(
        fmt::format("{} of {} lie on the CPU, which is slow: less context, fewer "
                    "parallel requests or a smaller model would fit",
                    format_size(load.size - load.size_vram), load.model));
  }
  if (auto words = disagreement(load); !words.empty()) warnings.push_back(std::move(words));
  return warnings;
}

}  // namespace ollama_gpu::app
