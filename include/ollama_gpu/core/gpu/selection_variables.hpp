// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "ollama_gpu/core/gpu/selector.hpp"

namespace ollama_gpu {

enum class GpuIds { automatic, index, uuid };

// A variable that a selection needs, with why; `reason` is shown in the plan and in the drop-in.
struct SelectionVariable {
  std::string name;
  std::string value;
  std::string reason;
  bool on_behalf = false;  // added for the user, not asked for
};
using SelectionVariables = std::vector<SelectionVariable>;

// Whether Ollama can use an AMD GPU through ROCm; else Vulkan is all it has.
bool is_served_by_rocm(const Gpu& gpu);

// The variables that make a selection come true (docs/explanation/gpu-ids.md). Errc::usage where
// `ids` cannot be had (an index for a MIG instance, say).
Result<SelectionVariables> selection_variables(const Selector& selector, const Selection& selection,
                                               const Inventory& inventory, GpuIds ids);

// In selection_offline.cpp: the variables for a selector that is written without looking at the
// hardware (--root): ids, all, none; Errc::usage for anything that needs it.
Result<SelectionVariables> offline_selection_variables(const Selector& selector, GpuIds ids);

// Every variable that a selection may write: those no longer needed are withdrawn.
const std::vector<std::string>& selection_variable_names();

}  // namespace ollama_gpu
