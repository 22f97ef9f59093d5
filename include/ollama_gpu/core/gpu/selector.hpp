// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ollama_gpu/core/gpu/gpu.hpp"
#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu {

// One id in a selector: an index, a range of indices, a UUID or a unique prefix of one, a MIG
// UUID, a PCI address.
struct IdTerm {
  enum class Kind { index, range, uuid, mig, pci };
  Kind kind = Kind::index;
  unsigned first = 0;
  unsigned last = 0;
  std::string text = {};
  std::size_t offset = 0;  // in the selector, for a caret

  bool is_numeric() const { return kind == Kind::index || kind == Kind::range; }
};

struct Condition {
  enum class Kind { min_free, min_total, max_util, name, vendor };
  Kind kind = Kind::min_free;
  std::uint64_t number = 0;  // bytes, or percent
  std::string text = {};
  std::size_t offset = 0;
};

// What the user typed after --gpus (docs/design.md, "Selectors"), parsed but not resolved.
struct Selector {
  std::string text;
  bool all = false;
  bool none = false;
  std::vector<IdTerm> ids = {};
  std::vector<IdTerm> excluded = {};
  std::vector<Condition> conditions = {};
  std::optional<unsigned> count = {};

  // True when only index or range terms (or `all`) were typed.
  bool is_numeric() const;
};

// Errc::usage with a caret into the selector and the accepted forms.
Result<Selector> parse_selector(std::string_view text);

// One GPU or MIG instance that was chosen.
struct SelectedDevice {
  std::size_t gpu = 0;             // position in Inventory::gpus
  std::optional<std::size_t> mig;  // position in Gpu::mig
  bool operator==(const SelectedDevice&) const = default;
};

struct Selection {
  std::vector<SelectedDevice> devices = {};
  bool everything = false;  // no GPU of the machine is left out
};

// Resolves against the GPUs present. `held_by_unit[i]`: bytes that the unit itself holds on GPU i
// (counts as free); `current`: UUIDs of the selection in force, which stays if it still satisfies
// the selector. Errc::not_found where no GPU, or too few, satisfy: the hint lists every candidate
// with why it was left out.
Result<Selection> resolve_selector(const Selector& selector, const Inventory& inventory,
                                   const std::vector<std::uint64_t>& held_by_unit = {},
                                   const std::vector<std::string>& current = {});

enum class GpuIds { automatic, index, uuid };

// A variable that a selection needs, with why; `reason` is shown in the plan and in the drop-in.
struct SelectionVariable {
  std::string name;
  std::string value;
  std::string reason;
  bool on_behalf = false;  // added for the user, not asked for
};
using SelectionVariables = std::vector<SelectionVariable>;

// The variables that make a selection come true (docs/design.md: CUDA_VISIBLE_DEVICES,
// CUDA_DEVICE_ORDER, OLLAMA_VULKAN, ROCR_VISIBLE_DEVICES). Errc::usage where `ids` cannot be had
// (an index for a MIG instance, say).
Result<SelectionVariables> selection_variables(const Selector& selector, const Selection& selection,
                                               const Inventory& inventory, GpuIds ids);

// The variables for a selector that is written without looking at the hardware (--root): ids, all,
// none; Errc::usage for anything that needs it.
Result<SelectionVariables> offline_selection_variables(const Selector& selector, GpuIds ids);

// Every variable that a selection may write: those no longer needed are withdrawn.
const std::vector<std::string>& selection_variable_names();

// The GPUs that a process with this CUDA_VISIBLE_DEVICES (nothing: unset) and CUDA_DEVICE_ORDER may
// use, in CUDA's order: truncated at the first invalid entry (CUDA programming guide).
std::vector<SelectedDevice> visible_devices(const std::optional<std::string>& cuda_visible_devices,
                                            const Inventory& inventory);

// The same for AMD GPUs and ROCR_VISIBLE_DEVICES (ROCm manual, "GPU isolation").
std::vector<SelectedDevice> visible_amd_devices(
    const std::optional<std::string>& rocr_visible_devices, const Inventory& inventory);

}  // namespace ollama_gpu
