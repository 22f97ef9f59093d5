// SPDX-License-Identifier: MIT
#include "core/gpu/selector_ids.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/text/ascii.hpp"
#include "ollama_gpu/core/contains.hpp"
#include "ollama_gpu/core/text/suggest.hpp"

namespace ollama_gpu {

namespace {

using Devices = std::vector<SelectedDevice>;

bool is_hex(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_hex_digit);
}

std::string present_indices(const Inventory& inventory) {
  std::vector<std::string> indices;
  for (const Gpu& gpu : inventory.gpus) {
    if (!gpu.index) continue;
    std::string index = fmt::format("{}", *gpu.index);  // two vendors count from 0 both
    if (!contains(indices, index)) {
      indices.push_back(std::move(index));
    }
  }
  std::string joined;
  for (const std::string& index : indices) joined += (joined.empty() ? "" : ", ") + index;
  return joined;
}

// The GPU with that index. Where several vendors count from 0, nvidia-smi's order is meant.
std::optional<SelectedDevice> gpu_with_index(unsigned index, const Inventory& inventory) {
  std::optional<SelectedDevice> found;
  for (std::size_t i = 0; i < inventory.gpus.size(); ++i) {
    const Gpu& gpu = inventory.gpus[i];
    if (gpu.index != index) continue;
    if (gpu.vendor == Vendor::nvidia) return SelectedDevice{i, std::nullopt};
    if (!found) found = SelectedDevice{i, std::nullopt};
  }
  return found;
}

Failure not_here(const IdTerm& term, const std::string& what, const Inventory& inventory,
                 const std::string& text, const std::string& meant = {}) {
  const std::string indices = present_indices(inventory);
  std::string reason = "it is not on this machine";
  if (inventory.gpus.empty()) {
    reason = "no GPU was found";
    if (!inventory.problem.empty()) reason += " (" + inventory.problem + ")";
  } else if (!indices.empty() && meant.empty() && term.is_numeric()) {
    reason += fmt::format(", which has GPUs {}", indices);
  }
  std::string hint = inventory.gpus.empty() ? "ollama-gpu gpus shows what was looked at"
                                            : "GPUs here:" + list_of_gpus(inventory);
  if (!meant.empty()) hint = fmt::format("did you mean {}? ", meant) + hint;
  return selector_error(Errc::not_found, text, term.offset,
                        fmt::format("cannot select {}: {}", what, reason), std::move(hint));
}

Result<Devices> by_index(const IdTerm& term, const Inventory& inventory, const std::string& text) {
  Devices devices;
  for (unsigned index = term.first; index <= term.last; ++index) {
    const std::optional<SelectedDevice> device = gpu_with_index(index, inventory);
    if (!device) return not_here(term, fmt::format("GPU {}", index), inventory, text);
    devices.push_back(*device);
  }
  return devices;
}

Result<Devices> by_pci(const IdTerm& term, const Inventory& inventory, const std::string& text) {
  const std::optional<std::string> address = normal_pci(term.text);
  for (std::size_t i = 0; i < inventory.gpus.size(); ++i) {
    const std::optional<std::string> here = normal_pci(inventory.gpus[i].pci);
    if (here && here == address) return Devices{{i, std::nullopt}};
  }
  return not_here(term, term.text, inventory, text);
}

struct Named {
  std::string uuid;
  SelectedDevice device;
};

std::vector<Named> names_of_kind(IdTerm::Kind kind, const Inventory& inventory) {
  std::vector<Named> names;
  for (std::size_t i = 0; i < inventory.gpus.size(); ++i) {
    const Gpu& gpu = inventory.gpus[i];
    if (kind == IdTerm::Kind::uuid && !gpu.uuid.empty()) {
      names.push_back({gpu.uuid, {i, std::nullopt}});
    }
    for (std::size_t j = 0; kind == IdTerm::Kind::mig && j < gpu.mig.size(); ++j) {
      names.push_back({gpu.mig[j].uuid, {i, j}});
    }
  }
  return names;
}

// The UUID that differs from what was typed in a letter or two.
std::string nearly_named(std::string_view typed, const std::vector<Named>& names) {
  std::string meant;
  std::size_t best = 3;
  constexpr std::size_t kLongestUuid = 80;
  if (typed.size() > kLongestUuid) return meant;
  for (const Named& name : names) {
    const std::string start = ascii_lower(name.uuid).substr(0, typed.size());
    const std::size_t distance = edit_distance(ascii_lower(typed), start);
    if (distance >= best || distance * 3 >= typed.size()) continue;
    best = distance;
    meant = name.uuid;
  }
  return meant;
}

Result<Devices> by_uuid(const IdTerm& term, const Inventory& inventory, const std::string& text) {
  const std::vector<Named> names = names_of_kind(term.kind, inventory);
  const std::string typed = ascii_lower(term.text);
  std::vector<Named> matches;
  for (const Named& name : names) {
    const std::string uuid = ascii_lower(name.uuid);
    if (uuid == typed) return Devices{name.device};
    if (uuid.starts_with(typed)) matches.push_back(name);
  }
  if (matches.size() == 1) return Devices{matches.front().device};
  if (matches.empty()) {
    return not_here(term, term.text, inventory, text, nearly_named(term.text, names));
  }
  std::string list;
  for (const Named& match : matches) list += (list.empty() ? "" : ", ") + match.uuid;
  return selector_error(
      Errc::usage, text, term.offset,
      fmt::format("cannot select {}: {} ids start with it", term.text, matches.size()),
      "write more of one of: " + list);
}

}  // namespace

std::optional<std::string> normal_pci(std::string_view text) {
  const std::size_t dot = text.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string_view function = text.substr(dot + 1);
  std::vector<std::string_view> parts = split_at(text.substr(0, dot), ':');
  std::string_view domain = "0000";
  if (parts.size() == 3) {
    domain = parts.front();
    parts.erase(parts.begin());
  }
  if (parts.size() != 2 || parts[0].size() != 2 || parts[1].size() != 2) return std::nullopt;
  if (!is_hex(domain) || !is_hex(parts[0]) || !is_hex(parts[1])) return std::nullopt;
  if (function.size() != 1 || function[0] < '0' || function[0] > '7') return std::nullopt;
  // NVML writes domains with eight digits, the kernel with four (or more where they are needed).
  if (domain.size() < 4 || domain.size() > 8) return std::nullopt;
  while (domain.size() > 4 && domain.front() == '0') domain.remove_prefix(1);
  return ascii_lower(fmt::format("{}:{}:{}.{}", domain, parts[0], parts[1], function));
}

std::string gpu_for_message(const Gpu& gpu) {
  std::string details;
  for (const std::string& part : {gpu.uuid, gpu.name}) {
    if (!part.empty()) details += (details.empty() ? "" : ", ") + part;
  }
  if (gpu.index) {
    return details.empty() ? fmt::format("{}", *gpu.index)
                           : fmt::format("{} ({})", *gpu.index, details);
  }
  if (gpu.pci.empty()) return details;
  return details.empty() ? gpu.pci : fmt::format("{} ({})", gpu.pci, details);
}

std::string list_of_gpus(const Inventory& inventory) {
  std::string list;
  for (const Gpu& gpu : inventory.gpus) {
    list += "\n  " + gpu_for_message(gpu);
    for (const MigDevice& mig : gpu.mig) list += fmt::format("\n    {} {}", mig.uuid, mig.name);
  }
  return list;
}

Failure selector_error(Errc code, const std::string& text, std::size_t offset, std::string message,
                       std::string hint) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  error.hint = std::move(hint);
  error.location = Location{"--gpus", 1, offset + 1, text};
  return Failure(std::move(error));
}

Result<Devices> devices_named(const IdTerm& term, const Inventory& inventory,
                              const std::string& text) {
  switch (term.kind) {
    case IdTerm::Kind::index:
    case IdTerm::Kind::range:
      return by_index(term, inventory, text);
    case IdTerm::Kind::pci:
      return by_pci(term, inventory, text);
    case IdTerm::Kind::uuid:
    case IdTerm::Kind::mig:
      break;
  }
  return by_uuid(term, inventory, text);
}

const std::string& uuid_of(const SelectedDevice& device, const Inventory& inventory) {
  const Gpu& gpu = inventory.gpus[device.gpu];
  return device.mig ? gpu.mig[*device.mig].uuid : gpu.uuid;
}

}  // namespace ollama_gpu
