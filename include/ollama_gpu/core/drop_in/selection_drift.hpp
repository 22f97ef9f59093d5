// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ollama_gpu/core/drop_in/drop_in.hpp"
#include "ollama_gpu/core/gpu/gpu.hpp"

namespace ollama_gpu {

// The selector that a drop-in keeps in its header would choose other GPUs today: one was replaced,
// added or lost, or others fit now.
struct SelectionDrift {
  std::string selector;
  std::vector<std::string> gone = {};   // ids that it wrote and would not write today
  std::vector<std::string> added = {};  // ids that it would write today
  std::string problem = {};             // why it can no longer be worked out at all

  std::string message() const;  // one line, with what to type
};

// Nothing where the selection still stands, where none was kept, or where the GPUs cannot be seen.
// `held_by_unit` as in resolve_selector.
std::optional<SelectionDrift> selection_drift(const DropIn& drop_in, const Inventory& inventory,
                                              const std::vector<std::uint64_t>& held_by_unit);

// The ids (UUIDs) of the devices that a drop-in selects now, of every vendor.
std::vector<std::string> selected_uuids(const DropIn& drop_in, const Inventory& inventory);

}  // namespace ollama_gpu
