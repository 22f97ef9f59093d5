// SPDX-License-Identifier: MIT
// OG215 to OG218: models that are cut over several GPUs (LLAMA_ARG_SPLIT_MODE=tensor).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/doctor/parts.hpp"
#include "core/text/ascii.hpp"
#include "ollama_gpu/core/drop_in/model_placement.hpp"
#include "ollama_gpu/core/gpu/visible_devices.hpp"
#include "ollama_gpu/core/ollama/go_values.hpp"
#include "ollama_gpu/core/ollama/split_mode.hpp"
#include "ollama_gpu/core/text/size.hpp"

namespace ollama_gpu {

namespace {

using Devices = std::vector<SelectedDevice>;

Devices devices_for(const Examination& exam) {
  if (!exam.facts.gpus) return {};
  return usable_devices(exam.value("CUDA_VISIBLE_DEVICES"), exam.value("ROCR_VISIBLE_DEVICES"),
                        *exam.facts.gpus);
}

// What keeps llama-server from loading anything so.
void examine_requirements(const Examination& exam, const Location& place) {
  const EffectiveVariable* flash = exam.variable("OLLAMA_FLASH_ATTENTION");
  if (flash != nullptr && parse_go_bool(trim_like_ollama(flash->value)) == false) {
    exam.add("OG215",
             fmt::format("split mode tensor needs flash attention, which OLLAMA_FLASH_ATTENTION={} "
                         "switches off: no model can be loaded",
                         flash->value),
             "configure --flash-attention auto, or --no-split-mode", place);
  }
  const EffectiveVariable* cache = exam.variable("OLLAMA_KV_CACHE_TYPE");
  const std::string type = cache == nullptr ? "" : ascii_lower(trim_like_ollama(cache->value));
  if (!type.starts_with('q') && !type.starts_with("iq")) return;
  exam.add("OG217",
           fmt::format("split mode tensor with OLLAMA_KV_CACHE_TYPE={}: many versions of llama.cpp "
                       "load no model so",
                       cache->value),
           "take the cache type away, or see whether it works: ollama-gpu verify --load MODEL",
           place);
}

void examine_effect(const Examination& exam, const Devices& devices, const Location& place) {
  if (devices.size() == 1) {
    exam.add("OG216", "split mode tensor with one GPU: there is nothing to cut over",
             "select several GPUs, or: configure --no-split-mode", place);
  } else if (!is_spread(exam.snapshot.effective)) {
    exam.add("OG216",
             "split mode tensor without spread: a model that fits on one GPU lies there whole",
             "set OLLAMA_SCHED_SPREAD=1: configure --split-mode tensor adds it", place);
  }
}

std::string joined(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

// Every GPU takes the same part of a model: the smallest sets the limit.
std::uint64_t room_of(const std::vector<std::uint64_t>& sizes) {
  return sizes.empty() ? 0 : *std::ranges::min_element(sizes) * sizes.size();
}

void examine_models(const Examination& exam, const std::vector<std::uint64_t>& sizes,
                    const Location& place) {
  const ContextSettings context = context_settings(exam.snapshot.effective, sizes);
  const std::uint64_t room = room_of(sizes);
  std::vector<std::string> uncut;
  std::vector<std::string> too_large;
  for (const StoredModel& model : exam.facts.models) {
    const std::uint64_t need = predicted_memory(model, context);
    if (!can_split_by_tensor(model.architecture)) {
      uncut.push_back(fmt::format("{} ({})", model.name, model.architecture));
    } else if (room > 0 && need > room) {
      too_large.push_back(fmt::format("{} ({})", model.name, format_size(need)));
    }
  }
  if (!uncut.empty()) {
    exam.add("OG217",
             fmt::format("split mode tensor: llama.cpp does not cut these models so, and fails to "
                         "load them: {}",
                         joined(uncut)),
             "do without them, or: configure --no-split-mode", place);
  }
  if (!too_large.empty()) {
    exam.add("OG217",
             fmt::format("split mode tensor: what does not fit on the GPUs ({}) fails to load "
                         "instead of using the CPU: {}",
                         format_size(room), joined(too_large)),
             "less context (--context-length), or: configure --no-split-mode", place);
  }
}

void examine_cards(const Examination& exam, const Devices& devices,
                   const std::vector<std::uint64_t>& sizes, const Location& place) {
  if (devices.size() < 2) return;
  if (!sizes.empty()) {
    const auto [smallest, largest] = std::ranges::minmax_element(sizes);
    // Cards of one kind differ by some MiB.
    if (*largest - *smallest > *largest / 16) {
      exam.add("OG218",
               fmt::format("split mode tensor takes as much of each GPU as of the smallest: they "
                           "have {} to {}",
                           format_size(*smallest), format_size(*largest)),
               "select GPUs of one size, or give shares: LLAMA_ARG_TENSOR_SPLIT", place);
    }
  }
  const bool unlinked = std::ranges::any_of(devices, [&](const SelectedDevice& device) {
    return exam.facts.gpus->gpus[device.gpu].nvlinks == 0U;
  });
  if (!unlinked) return;
  exam.add("OG218",
           "split mode tensor between GPUs without NVLink: they exchange much more than else",
           "measure both: ollama run MODEL --verbose", place);
}

}  // namespace

void examine_split_mode(const Examination& exam) {
  if (!is_split_by_tensor(exam.snapshot.effective)) return;
  const auto version = parse_ollama_version(exam.facts.ollama_version);
  if (version && *version < kLlamaServer) return;  // OG210
  const Location place = locate(exam.snapshot, exam.variable(std::string(kSplitMode))->source);
  const Devices devices = devices_for(exam);
  std::vector<std::uint64_t> sizes;
  if (exam.facts.gpus) sizes = memory_of(devices, *exam.facts.gpus);
  examine_requirements(exam, place);
  examine_effect(exam, devices, place);
  examine_models(exam, sizes, place);
  examine_cards(exam, devices, sizes, place);
}

}  // namespace ollama_gpu
