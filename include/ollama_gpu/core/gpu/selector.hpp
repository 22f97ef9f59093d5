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

// What the user typed after --gpus (docs/reference/selectors.md), parsed but not resolved.
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

// In selector_parse.cpp: reads a selector. Errc::usage with a caret into it and the accepted forms.
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

// In selector_resolve.cpp: resolves it against the GPUs present. `held_by_unit[i]`: bytes that the
// unit itself holds on GPU i (counts as free); `current`: UUIDs of the selection in force, which
// stays if it still satisfies the selector. Errc::not_found where no GPU, or too few, satisfy: the
// hint lists every candidate with why it was left out.
Result<Selection> resolve_selector(const Selector& selector, const Inventory& inventory,
                                   const std::vector<std::uint64_t>& held_by_unit = {},
                                   const std::vector<std::string>& current = {});

}  // namespace ollama_gpu
