// SPDX-License-Identifier: MIT
// OG301, OG303 to OG307, OG314: lists of GPUs held against the GPUs there are.
#include <fmt/format.h>

#include <algorithm>

#include "core/doctor/parts.hpp"
#include "core/gpu/check_devices.hpp"
#include "core/gpu/selector_ids.hpp"
#include "core/text/ascii.hpp"
#include "ollama_gpu/core/gpu/selection_variables.hpp"
#include "ollama_gpu/core/gpu/visible_devices.hpp"
#include "ollama_gpu/core/ollama/go_values.hpp"
#include "ollama_gpu/core/ollama/ollama_version.hpp"
#include "ollama_gpu/core/ollama/settings.hpp"

namespace ollama_gpu {

namespace {

std::size_t count_of(Vendor vendor, const Inventory& inventory) {
  return static_cast<std::size_t>(std::ranges::count_if(
      inventory.gpus, [vendor](const Gpu& gpu) { return gpu.vendor == vendor; }));
}

// The GPUs, where nothing kept us from seeing all of them.
const Inventory* whole_inventory(const Examination& exam) {
  const auto& gpus = exam.facts.gpus;
  if (!gpus || !gpus->problem.empty() || gpus->gpus.empty()) return nullptr;
  const bool known =
      std::ranges::all_of(gpus->gpus, [](const Gpu& gpu) { return gpu.problem.empty(); });
  return known ? &*gpus : nullptr;
}

void examine_empty(const Examination& exam) {
  const Inventory* inventory = whole_inventory(exam);
  const bool no_amd = inventory != nullptr && count_of(Vendor::amd, *inventory) == 0;
  for (const std::string name : {"CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"}) {
    const EffectiveVariable* list = exam.variable(name);
    if (list == nullptr || !list->value.empty()) continue;
    if (no_amd && name == "ROCR_VISIBLE_DEVICES") continue;  // OG307
    exam.add("OG301", fmt::format("{} is empty: that hides every GPU", name),
             "remove the line to use all GPUs, write -1 to use none",
             locate(exam.snapshot, list->source));
  }
}

// How many GPUs or MIG instances have a UUID that starts so.
std::size_t count_with_uuid(std::string_view id, Vendor vendor, const Inventory& inventory) {
  std::size_t count = 0;
  for (const Gpu& gpu : inventory.gpus) {
    if (gpu.vendor != vendor) continue;
    if (fits_uuid(id, gpu.uuid, vendor)) ++count;
    for (const MigDevice& mig : gpu.mig) {
      if (fits_uuid(id, mig.uuid, vendor)) ++count;
    }
  }
  return count;
}

struct List {
  std::string name;
  Vendor vendor;
  const EffectiveVariable* variable;
};

std::string lost_text(const std::vector<std::string_view>& ids, std::size_t at) {
  const std::size_t after = ids.size() - at - 1;
  return after == 0 ? ""
                    : fmt::format(", and {} after it {} ignored too",
                                  after == 1 ? "the id" : fmt::format("the {} ids", after),
                                  after == 1 ? "is" : "are");
}

// The first id that the driver would stop at.
void examine_ids(const Examination& exam, const List& list, const Inventory& inventory) {
  const std::vector<std::string_view> ids = split_at(list.variable->value, ',');
  const Location place = locate(exam.snapshot, list.variable->source);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (const auto index = parse_decimal(ids[i])) {
      if (*index < count_of(list.vendor, inventory)) continue;
      exam.add("OG303",
               fmt::format("{} names GPU {}, but there are {} (0 to {}){}", list.name, ids[i],
                           count_of(list.vendor, inventory), count_of(list.vendor, inventory) - 1,
                           lost_text(ids, i)),
               "see ollama-gpu gpus", place);
      return;
    }
    if (ids[i].starts_with("MIG-GPU-")) return;  // the older form, which NVML does not list
    const std::size_t fitting = count_with_uuid(ids[i], list.vendor, inventory);
    if (fitting == 1) continue;
    if (fitting == 0) {
      exam.add(
          "OG303",
          fmt::format("{} names {}, which no GPU here has{}", list.name, ids[i], lost_text(ids, i)),
          "see ollama-gpu gpus", place);
    } else {
      exam.add("OG304",
               fmt::format("{} fits {} GPUs, so {} does not name any of them{}", ids[i], fitting,
                           list.name, lost_text(ids, i)),
               "write more of the UUID: ollama-gpu gpus", place);
    }
    return;
  }
}

// What CUDA makes of a list where GPUs are in MIG mode.
void examine_mig(const Examination& exam, const EffectiveVariable& list,
                 const Inventory& inventory) {
  const std::size_t named = split_at(list.value, ',').size();
  const auto given = visible_devices(list.value, inventory);
  const bool mig = !given.empty() && given.front().mig;
  const bool without =
      given.empty() && named > 0 && std::ranges::any_of(inventory.gpus, &Gpu::mig_enabled);
  if ((!mig || named == 1) && !without) return;
  exam.add("OG314",
           without
               ? fmt::format("CUDA_VISIBLE_DEVICES={} names GPUs in MIG mode that have no "
                             "instance: no GPU is left",
                             list.value)
               : fmt::format("of CUDA_VISIBLE_DEVICES={} CUDA gives Ollama just one MIG instance",
                             list.value),
           without ? "make an instance (nvidia-smi mig -cgi), or switch MIG off (nvidia-smi -mig 0)"
                   : "name that one alone: sudo ollama-gpu configure --gpus MIG-...",
           locate(exam.snapshot, list.source));
}

// HIP counts the GPUs that ROCR_VISIBLE_DEVICES leaves (ROCm manual, "GPU isolation").
void examine_hip(const Examination& exam, const Inventory& inventory) {
  const EffectiveVariable* rocr = exam.variable("ROCR_VISIBLE_DEVICES");
  if (rocr == nullptr || count_of(Vendor::amd, inventory) == 0) return;
  const std::size_t left = visible_amd_devices(rocr->value, inventory).size();
  for (const std::string name : {"HIP_VISIBLE_DEVICES", "GPU_DEVICE_ORDINAL"}) {
    const EffectiveVariable* list = exam.variable(name);
    if (list == nullptr || left == 0) continue;
    for (const std::string_view id : split_at(list->value, ',')) {
      const auto index = parse_decimal(id);
      if (!index || *index < left) continue;
      exam.add("OG303",
               fmt::format("{} names GPU {}, but ROCR_VISIBLE_DEVICES={} leaves {}, counted from 0",
                           name, id, rocr->value, left),
               fmt::format("take {} away: one of the two is enough", name),
               locate(exam.snapshot, list->source));
      break;
    }
  }
}

// Where CUDA's own order may differ from nvidia-smi's.
void examine_order(const Examination& exam, const EffectiveVariable& list,
                   const Inventory& inventory) {
  const EffectiveVariable* order = exam.variable("CUDA_DEVICE_ORDER");
  if (order != nullptr && order->value == "PCI_BUS_ID") return;
  std::string first;
  bool kinds_differ = false;
  for (const Gpu& gpu : inventory.gpus) {
    if (gpu.vendor != Vendor::nvidia) continue;
    if (first.empty()) first = gpu.name;
    kinds_differ = kinds_differ || gpu.name != first;
  }
  const bool numeric =
      std::ranges::all_of(list.value, [](char c) { return is_digit(c) || c == ','; });
  const std::size_t named = split_at(list.value, ',').size();
  if (!kinds_differ || !numeric || named >= count_of(Vendor::nvidia, inventory)) return;
  exam.add(
      "OG305",
      fmt::format("CUDA_VISIBLE_DEVICES={} may mean other GPUs than nvidia-smi shows", list.value),
      "add Environment=CUDA_DEVICE_ORDER=PCI_BUS_ID, or write UUIDs",
      locate(exam.snapshot, list.source));
}

bool uses_vulkan(const Examination& exam, const OllamaVersion& version) {
  if (exam.variable("GGML_VK_VISIBLE_DEVICES") != nullptr) return false;
  const EffectiveVariable* library = exam.variable("OLLAMA_LLM_LIBRARY");
  if (library != nullptr && library->value.find("vulkan") == std::string::npos &&
      !library->value.empty()) {
    return false;
  }
  const EffectiveVariable* vulkan = exam.variable("OLLAMA_VULKAN");
  const std::string text = vulkan != nullptr ? trim_like_ollama(vulkan->value) : "";
  if (text.empty()) return version >= kLlamaServer;
  return parse_go_bool(text).value_or(true);
}

// What CUDA's or ROCm's list leaves out is still there for Vulkan.
void examine_vulkan(const Examination& exam, const List& list, const Inventory& inventory) {
  const auto version = parse_ollama_version(exam.facts.ollama_version);
  if (!version || !uses_vulkan(exam, *version)) return;
  const std::string& value = list.variable->value;
  if (value != "-1" && !check_setting(list.name, value)) return;
  const auto seen = list.vendor == Vendor::amd ? visible_amd_devices(value, inventory)
                                               : visible_devices(value, inventory);
  const std::size_t all = count_of(list.vendor, inventory);
  if (seen.size() >= all) return;
  const bool needed = std::ranges::any_of(seen, [&](const SelectedDevice& device) {
    return list.vendor == Vendor::amd && !is_served_by_rocm(inventory.gpus[device.gpu]);
  });
  exam.add("OG306",
           fmt::format("{}={} leaves out {} of {} GPUs, which Ollama {} finds again through Vulkan",
                       list.name, value, all - seen.size(), all, exam.facts.ollama_version),
           needed ? "name those that it may use in GGML_VK_VISIBLE_DEVICES"
                  : "set OLLAMA_VULKAN=0 (sudo ollama-gpu configure --gpus ... does)",
           locate(exam.snapshot, list.variable->source));
}

void examine_amd_variables(const Examination& exam, const Inventory& inventory) {
  if (count_of(Vendor::nvidia, inventory) == 0 || count_of(Vendor::amd, inventory) > 0) return;
  for (const std::string name :
       {"ROCR_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "GPU_DEVICE_ORDINAL"}) {
    const EffectiveVariable* variable = exam.variable(name);
    if (variable == nullptr) continue;
    exam.add("OG307", fmt::format("{} selects AMD GPUs, but this machine has none", name),
             "take it away; NVIDIA GPUs are selected by CUDA_VISIBLE_DEVICES",
             locate(exam.snapshot, variable->source));
  }
}

}  // namespace

void examine_gpu_lists(const Examination& exam) {
  examine_empty(exam);
  const Inventory* inventory = whole_inventory(exam);
  if (inventory == nullptr) return;
  examine_amd_variables(exam, *inventory);
  examine_hip(exam, *inventory);
  for (const List& list : {List{"CUDA_VISIBLE_DEVICES", Vendor::nvidia, nullptr},
                           List{"ROCR_VISIBLE_DEVICES", Vendor::amd, nullptr}}) {
    const EffectiveVariable* variable = exam.variable(list.name);
    if (variable == nullptr || variable->value.empty() || count_of(list.vendor, *inventory) == 0) {
      continue;
    }
    const bool readable = variable->value != "-1" && check_setting(list.name, variable->value);
    const List set{list.name, list.vendor, variable};
    const std::size_t before = exam.findings.size();
    if (readable) examine_ids(exam, set, *inventory);
    const bool all_there = readable && exam.findings.size() == before;
    if (all_there && list.vendor == Vendor::nvidia) examine_mig(exam, *variable, *inventory);
    examine_vulkan(exam, set, *inventory);
    if (list.vendor == Vendor::nvidia && readable) examine_order(exam, *variable, *inventory);
  }
}

}  // namespace ollama_gpu
