// SPDX-License-Identifier: MIT
#include "app/proof/devices_evidence.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "app/proof/evidence.hpp"
#include "ollama_gpu/core/gpu/selection_variables.hpp"
#include "ollama_gpu/core/gpu/visible_devices.hpp"

namespace ollama_gpu::app {

namespace {

std::string label(const Gpu& gpu) {
  if (gpu.index) return fmt::format("GPU {} ({})", *gpu.index, gpu.name);
  return gpu.uuid.empty() ? gpu.pci : gpu.uuid;
}

// "NVIDIA L40 (0000:21:00.0)"
std::string name_of(const InferenceCompute& line) {
  const std::string& name = line.description.empty() ? line.id : line.description;
  return line.pci.empty() ? name : fmt::format("{} ({})", name, line.pci);
}

std::string id_label(const std::string& id) {
  const bool number = id.find_first_not_of("0123456789") == std::string::npos;
  return (number ? "GPU " : "") + id;
}

// Joined by UUID, else by PCI address, else by the index that the line names.
bool names_gpu(const InferenceCompute& line, const SelectedDevice& device,
               const Inventory& inventory, std::size_t position) {
  const Gpu& gpu = inventory.gpus[device.gpu];
  const std::string& uuid = device.mig ? gpu.mig[*device.mig].uuid : gpu.uuid;
  const auto is_uuid = [&](const std::string& id) {
    return !uuid.empty() && (id == uuid || (id.size() > 4 && uuid.starts_with(id)));
  };
  if (is_uuid(line.id) || is_uuid(line.filter_id)) return true;
  if (device.mig && line.filter_id.starts_with("MIG-")) return false;  // another instance
  if (!line.pci.empty() && !gpu.pci.empty()) return line.pci == gpu.pci;
  if (!line.filter_id.empty()) return gpu.index && line.filter_id == std::to_string(*gpu.index);
  return line.id == std::to_string(position);
}

// `line`: what Ollama logged, for whoever wants to see it himself.
Evidence failed(std::string detail, const std::string& line = {}) {
  Evidence evidence{EvidenceLevel::devices, EvidenceStatus::failed, std::move(detail)};
  evidence.logged = line;
  return evidence;
}

Evidence skipped(std::string why) {
  return {EvidenceLevel::devices, EvidenceStatus::skipped, std::move(why)};
}

bool has_vendor(Vendor vendor, const Inventory& inventory) {
  return std::ranges::any_of(inventory.gpus,
                             [vendor](const Gpu& gpu) { return gpu.vendor == vendor; });
}

bool hides_everything(const DeviceLists& lists) {
  const auto hides = [](const std::optional<std::string>& list) {
    return list && (*list == "-1" || list->empty());
  };
  return hides(lists.cuda) && (!lists.rocr || hides(lists.rocr));
}

// "0-2,5", in the order given.
std::string ranges_of(const std::vector<unsigned>& numbers) {
  std::string out;
  for (std::size_t first = 0; first < numbers.size();) {
    std::size_t last = first;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
    if (!out.empty()) out += ',';
    out += std::to_string(numbers[first]);
    if (last > first) out += (last > first + 1 ? "-" : ",") + std::to_string(numbers[last]);
    first = last + 1;
  }
  return out;
}

// Holds the lines of one run against the GPUs that its environment selects.
class Judge {
 public:
  Judge(const OllamaLog& log, const DeviceLists& lists, const Inventory& inventory)
      : log_(log),
        inventory_(inventory),
        nvidia_(visible_devices(lists.cuda, inventory)),
        absent_(lists.cuda ? absent_device(*lists.cuda, inventory) : ""),
        // Which AMD GPUs ROCm can use, and which Ollama drops as integrated, is only known where
        // somebody has selected them.
        judges_amd_(lists.rocr.has_value()),
        chosen_(lists.cuda || lists.rocr),
        hides_all_(hides_everything(lists)),
        used_(log.devices.size(), false) {
    if (judges_amd_) amd_ = visible_amd_devices(lists.rocr, inventory);
  }

  Evidence run() {
    if (inventory_.gpus.empty()) return judge_without_inventory();
    const bool judges_nvidia = has_vendor(Vendor::nvidia, inventory_);
    if (!judges_nvidia && !(judges_amd_ && has_vendor(Vendor::amd, inventory_))) {
      return skipped(
          "only NVIDIA GPUs, and AMD GPUs that ROCR_VISIBLE_DEVICES selects, can be held against "
          "what Ollama logs, and there is none");
    }
    if (judges_nvidia && !absent_.empty()) {
      Evidence gone = failed(
          fmt::format("CUDA_VISIBLE_DEVICES names {}, which is not here: Ollama has {} of the GPUs",
                      id_label(absent_), nvidia_.empty() ? "none" : "fewer"));
      gone.remedy = "choose among the GPUs that are here: sudo ollama-gpu configure --gpus all";
      return gone;
    }
    if (auto cpu = judge_cpu()) return *cpu;
    if (auto missing = take(nvidia_, Vendor::nvidia)) return *missing;
    if (auto missing = take(amd_, Vendor::amd)) return *missing;
    if (auto extra = judge_others()) return *extra;
    return {EvidenceLevel::devices,
            EvidenceStatus::ok,
            present_.empty()
                ? "Ollama uses none of the hidden GPUs"
                : fmt::format("Ollama {} {}{}", chosen_ ? "uses exactly" : "found",
                              fmt::join(present_, ", "), chosen_ ? "" : " at its start"),
            "",
            "",
            brief()};
  }

 private:
  // "GPUs 0-2,5", or nothing where one has no index.
  std::string brief() const {
    if (indices_.empty() || indices_.size() != present_.size()) return "";
    return fmt::format("GPU{} {}", indices_.size() == 1 ? "" : "s", ranges_of(indices_));
  }

  // What the log alone proves: that it runs on the CPU, where that was asked for.
  Evidence judge_without_inventory() const {
    const std::string problem =
        inventory_.problem.empty() ? "no GPU was found" : inventory_.problem;
    const bool on_cpu = log_.devices.size() == 1 && log_.devices.front().is_cpu();
    if (on_cpu && hides_all_) {
      return {EvidenceLevel::devices, EvidenceStatus::ok, "Ollama runs on the CPU, as selected"};
    }
    if (on_cpu) return skipped(problem + "; Ollama logged that it runs on the CPU");
    std::vector<std::string> named;
    for (const InferenceCompute& line : log_.devices) {
      named.push_back(fmt::format("{} ({}{})", line.description, line.library,
                                  line.pci.empty() ? "" : ", " + line.pci));
    }
    return skipped(
        fmt::format("{}; Ollama logged that it uses {}", problem, fmt::join(named, " and ")));
  }

  // What Ollama itself says of the GPUs that it leaves out.
  std::string why() const {
    return log_.refusals.empty() ? "" : fmt::format("; why: {}", fmt::join(log_.refusals, " | "));
  }

  // CPU only: right for --gpus none, a fallback otherwise.
  std::optional<Evidence> judge_cpu() const {
    const auto cpu =
        std::ranges::find_if(log_.devices, [](const auto& line) { return line.is_cpu(); });
    if (cpu == log_.devices.end() || log_.devices.size() != 1) return std::nullopt;
    if (!nvidia_.empty() || !amd_.empty() || (chosen_ && !hides_all_)) {
      return failed("Ollama came up on the CPU" + why(), cpu->line);
    }
    return Evidence{EvidenceLevel::devices, EvidenceStatus::ok,
                    "Ollama runs on the CPU, as selected"};
  }

  // Marks the lines of one vendor's selected GPUs; what is wrong when one has none.
  std::optional<Evidence> take(const std::vector<SelectedDevice>& expected, Vendor vendor) {
    for (std::size_t position = 0; position < expected.size(); ++position) {
      bool found = false;
      for (std::size_t i = 0; i < log_.devices.size() && !found; ++i) {
        const InferenceCompute& line = log_.devices[i];
        if (used_[i] || line.is_cpu() || line.is_vulkan() ||
            line.is_rocm() != (vendor == Vendor::amd))
          continue;
        found = used_[i] = names_gpu(line, expected[position], inventory_, position);
      }
      const Gpu& gpu = inventory_.gpus[expected[position].gpu];
      const bool through_vulkan =
          !found && vendor == Vendor::amd && !is_served_by_rocm(gpu) && take_vulkan(gpu);
      if (!found && !through_vulkan) return missing(gpu);
      present_.push_back(label(gpu) + (through_vulkan ? " through Vulkan" : ""));
      if (gpu.index) indices_.push_back(*gpu.index);
    }
    return std::nullopt;
  }

  // Where ROCm has nothing for an AMD card, Vulkan is how Ollama uses it.
  bool take_vulkan(const Gpu& gpu) {
    for (std::size_t i = 0; i < log_.devices.size(); ++i) {
      const InferenceCompute& line = log_.devices[i];
      if (used_[i] || !line.is_vulkan() || line.pci.empty() || line.pci != gpu.pci) continue;
      used_[i] = true;
      return true;
    }
    return false;
  }

  // It may be there through Vulkan; else the lines that there are show what is not.
  Evidence missing(const Gpu& gpu) const {
    std::vector<std::string> names;
    std::vector<std::string> lines;
    for (const InferenceCompute& line : log_.devices) {
      const bool same = !line.pci.empty() && line.pci == gpu.pci;
      if (same && line.is_vulkan()) {
        return failed(fmt::format("Ollama uses {} only through Vulkan", label(gpu)), line.line);
      }
      names.push_back(name_of(line));
      lines.push_back(line.line);
    }
    return failed(
        fmt::format("Ollama does not use {}, only {}{}", label(gpu), fmt::join(names, ", "), why()),
        fmt::format("{}", fmt::join(lines, " | ")));
  }

  std::optional<Evidence> judge_others() const {
    for (std::size_t i = 0; i < log_.devices.size(); ++i) {
      const InferenceCompute& line = log_.devices[i];
      if (used_[i] || line.is_cpu() || is_not_judged(line)) continue;
      if (line.is_vulkan()) {
        return failed("a hidden GPU came back through Vulkan: " + name_of(line), line.line);
      }
      return failed("Ollama uses a GPU that was not selected: " + name_of(line), line.line);
    }
    return std::nullopt;
  }

  // A GPU of another vendor, of which the lists say nothing.
  bool is_not_judged(const InferenceCompute& line) const {
    if (line.is_rocm() && !judges_amd_) return true;
    return std::ranges::any_of(inventory_.gpus, [&](const Gpu& gpu) {
      const bool judged =
          gpu.vendor == Vendor::nvidia || (gpu.vendor == Vendor::amd && judges_amd_);
      return !judged && !gpu.pci.empty() && line.pci == gpu.pci;
    });
  }

  const OllamaLog& log_;
  const Inventory& inventory_;
  std::vector<SelectedDevice> nvidia_;
  std::vector<SelectedDevice> amd_ = {};
  std::string absent_;
  bool judges_amd_;
  bool chosen_;  // by a list: else CUDA shows Ollama all there are
  bool hides_all_;
  std::vector<bool> used_;  // the lines that name a selected GPU
  std::vector<std::string> present_ = {};
  std::vector<unsigned> indices_ = {};  // of those present
};

}  // namespace

Evidence judge_devices(const OllamaLog& log, const DeviceLists& lists, const Inventory& inventory) {
  return Judge(log, lists, inventory).run();
}

}  // namespace ollama_gpu::app
