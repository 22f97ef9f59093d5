// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/drop_in/selection_drift.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/gpu/selector_ids.hpp"
#include "core/text/ascii.hpp"
#include "ollama_gpu/core/contains.hpp"
#include "ollama_gpu/core/gpu/selection_variables.hpp"
#include "ollama_gpu/core/gpu/selector.hpp"
#include "ollama_gpu/core/gpu/visible_devices.hpp"

namespace ollama_gpu {

namespace {

using Ids = std::vector<std::string>;

constexpr std::array kLists = {"CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"};

// What the lists of GPUs say; -1 is no GPU.
void add_ids(std::string_view list, Ids& ids) {
  for (const std::string_view id : split_at(list, ',')) {
    if (id != "-1" && !id.empty()) ids.emplace_back(id);
  }
}

Ids ids_in(const DropIn& drop_in) {
  Ids ids;
  for (const char* name : kLists) {
    if (const DropInVariable* variable = drop_in.find(name)) add_ids(variable->value, ids);
  }
  return ids;
}

Ids ids_in(const SelectionVariables& variables) {
  Ids ids;
  for (const SelectionVariable& variable : variables) {
    if (!contains(kLists, variable.name)) continue;
    add_ids(variable.value, ids);
  }
  return ids;
}

// As they are written now, so that they can be compared.
GpuIds form_of(const Ids& ids) {
  const bool indices =
      std::ranges::all_of(ids, [](const auto& id) { return parse_decimal(id).has_value(); });
  return indices ? GpuIds::index : GpuIds::uuid;
}

std::string shown(const Ids& ids) {
  std::string text;
  for (const std::string& id : ids) {
    text += (text.empty() ? "" : ", ") + (parse_decimal(id) ? "GPU " + id : id);
  }
  return text;
}

Ids without(const Ids& ids, const Ids& others) {
  Ids left;
  for (const std::string& id : ids) {
    if (!contains(others, id)) left.push_back(id);
  }
  return left;
}

}  // namespace

std::vector<std::string> selected_uuids(const DropIn& drop_in, const Inventory& inventory) {
  std::vector<std::string> uuids;
  const auto add = [&](const std::vector<SelectedDevice>& devices) {
    for (const SelectedDevice& device : devices) uuids.push_back(uuid_of(device, inventory));
  };
  if (const DropInVariable* cuda = drop_in.find("CUDA_VISIBLE_DEVICES")) {
    add(visible_devices(cuda->value, inventory));
  }
  if (const DropInVariable* rocr = drop_in.find("ROCR_VISIBLE_DEVICES")) {
    add(visible_amd_devices(rocr->value, inventory));
  }
  return uuids;
}

std::optional<SelectionDrift> selection_drift(const DropIn& drop_in, const Inventory& inventory,
                                              const std::vector<std::uint64_t>& held_by_unit) {
  if (drop_in.selector.empty()) return std::nullopt;
  const bool unseen = inventory.gpus.empty() && !inventory.problem.empty();
  const auto selector = parse_selector(drop_in.selector);
  if (unseen || !selector) return std::nullopt;
  const Ids before = ids_in(drop_in);
  // Written without looking at the machine (--root): no list, so no GPU is left out.
  if (before.empty() && selector->all) return std::nullopt;
  const auto fails = [&](const Error& error) {
    return SelectionDrift{drop_in.selector, {}, {}, error.message};
  };
  const auto selection =
      resolve_selector(*selector, inventory, held_by_unit, selected_uuids(drop_in, inventory));
  if (!selection) return fails(selection.error());
  const auto variables = selection_variables(*selector, *selection, inventory, form_of(before));
  if (!variables) return fails(variables.error());
  const Ids after = ids_in(*variables);
  SelectionDrift drift{drop_in.selector, without(before, after), without(after, before), {}};
  if (drift.gone.empty() && drift.added.empty()) return std::nullopt;
  return drift;
}

std::string SelectionDrift::message() const {
  const std::string again = fmt::format("; ollama-gpu configure --gpus {} selects anew", selector);
  if (!problem.empty()) {
    return fmt::format("the selection --gpus {} no longer holds: {}", selector, problem);
  }
  std::string what;
  if (!gone.empty()) what = fmt::format("no longer {}", shown(gone));
  if (!added.empty()) {
    what += fmt::format("{}{}", what.empty() ? "also " : ", but ", shown(added));
  }
  return fmt::format("--gpus {} would select other GPUs today: {}{}", selector, what, again);
}

}  // namespace ollama_gpu
