// SPDX-License-Identifier: MIT
#include "core/gpu/device_facts.hpp"

#include <fmt/format.h>

#include "core/text/ascii.hpp"
#include "core/text/quote.hpp"
#include "ollama_gpu/core/text/size.hpp"

namespace ollama_gpu {

namespace {

std::string_view vendor_name(Vendor vendor) {
  switch (vendor) {
    case Vendor::nvidia:
      return "nvidia";
    case Vendor::amd:
      return "amd";
    case Vendor::intel:
      return "intel";
    case Vendor::other:
      break;
  }
  return "other";
}

}  // namespace

std::string DeviceFacts::why_not(const Condition& condition, const SelectedDevice& device) const {
  const Gpu& gpu = inventory_.gpus[device.gpu];
  switch (condition.kind) {
    case Condition::Kind::min_free:
    case Condition::Kind::min_total:
      return why_too_small(condition, device);
    case Condition::Kind::max_util:
      return why_too_busy(condition, device);
    case Condition::Kind::name: {
      const std::string& mig_name = device.mig ? gpu.mig[*device.mig].name : gpu.name;
      if (gpu.name.empty() && mig_name.empty()) return "its name is not known";
      const bool fits = contains_ignoring_case(gpu.name, condition.text) ||
                        contains_ignoring_case(mig_name, condition.text);
      return fits ? "" : fmt::format("its name has no {}", quote_for_message(condition.text));
    }
    case Condition::Kind::vendor:
      break;
  }
  const std::string_view vendor = vendor_name(gpu.vendor);
  return vendor == condition.text ? "" : fmt::format("its vendor is {}", vendor);
}

std::string DeviceFacts::why_too_small(const Condition& condition,
                                       const SelectedDevice& device) const {
  const bool free = condition.kind == Condition::Kind::min_free;
  const std::optional<std::uint64_t> bytes = free ? free_memory(device) : total_memory(device);
  const char* what = free ? "free memory" : "memory";
  if (!bytes) return fmt::format("its {} is not known", what);
  if (*bytes >= condition.number) return {};
  return fmt::format("{} of {}, less than {}", format_size(*bytes), what, condition.text);
}

std::string DeviceFacts::why_too_busy(const Condition& condition,
                                      const SelectedDevice& device) const {
  if (device.mig) return "the utilisation of a MIG instance is not known";
  const std::optional<unsigned> utilization = inventory_.gpus[device.gpu].utilization;
  if (!utilization) return "its utilisation is not known";
  if (*utilization <= condition.number || only_unit_uses(device.gpu)) return {};
  return fmt::format("{}% busy, more than {}%", *utilization, condition.number);
}

// True where every process on the GPU is the unit's own: then it is the unit that keeps it busy,
// and its selection must not change with its own work.
bool DeviceFacts::only_unit_uses(std::size_t gpu) const {
  if (gpu >= held_.size() || held_[gpu] == 0) return false;
  std::uint64_t held_by_all = 0;
  for (const GpuProcess& process : inventory_.gpus[gpu].processes) {
    if (!process.memory) return false;
    held_by_all += *process.memory;
  }
  return held_by_all != 0 && held_by_all <= held_[gpu];
}

std::optional<std::uint64_t> DeviceFacts::total_memory(const SelectedDevice& device) const {
  const Gpu& gpu = inventory_.gpus[device.gpu];
  return device.mig ? gpu.mig[*device.mig].memory_total : gpu.memory_total;
}

std::optional<std::uint64_t> DeviceFacts::free_memory(const SelectedDevice& device) const {
  const Gpu& gpu = inventory_.gpus[device.gpu];
  const std::optional<std::uint64_t> total = total_memory(device);
  const auto used = device.mig ? gpu.mig[*device.mig].memory_used : gpu.memory_used;
  if (!total || !used) return std::nullopt;
  const auto reserved = device.mig ? gpu.mig[*device.mig].memory_reserved : gpu.memory_reserved;
  const std::uint64_t own = device.gpu < held_.size() ? held_[device.gpu] : 0;
  const std::uint64_t others = (*used > own ? *used - own : 0) + reserved.value_or(0);
  return *total > others ? *total - others : 0;
}

}  // namespace ollama_gpu
