// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ollama_gpu/core/gpu/selector.hpp"

namespace ollama_gpu {

// What is known of the devices, with memory that the unit itself holds counted as free.
class DeviceFacts {
 public:
  DeviceFacts(const Inventory& inventory, const std::vector<std::uint64_t>& held_by_unit)
      : inventory_(inventory), held_(held_by_unit) {}

  std::optional<std::uint64_t> total_memory(const SelectedDevice& device) const;
  std::optional<std::uint64_t> free_memory(const SelectedDevice& device) const;
  // Empty when the condition holds. What is not known does not hold.
  std::string why_not(const Condition& condition, const SelectedDevice& device) const;

 private:
  std::string why_too_small(const Condition& condition, const SelectedDevice& device) const;
  std::string why_too_busy(const Condition& condition, const SelectedDevice& device) const;
  bool only_unit_uses(std::size_t gpu) const;

  const Inventory& inventory_;
  const std::vector<std::uint64_t>& held_;
};

}  // namespace ollama_gpu
