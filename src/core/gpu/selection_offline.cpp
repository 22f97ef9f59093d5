// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "core/gpu/check_devices.hpp"
#include "core/gpu/selector_ids.hpp"
#include "core/text/ascii.hpp"
#include "ollama_gpu/core/contains.hpp"
#include "ollama_gpu/core/gpu/selection_variables.hpp"

// What a selector writes into an image or another root, where the hardware cannot be asked.
namespace ollama_gpu {

namespace {

constexpr const char* kUnknownReason =
    "which GPUs there will be is not known: those left out must not come back through Vulkan";

Failure needs_hardware(const Selector& selector, std::size_t offset, const std::string& what) {
  return selector_error(Errc::usage, selector.text, offset,
                        fmt::format("cannot use {} with --root: it needs the GPUs of the machine "
                                    "that will run this",
                                    what),
                        "with --root write all, none, indices or whole UUIDs");
}

// ROCm's form: GPU- and 16 hexadecimal digits.
bool is_rocm_uuid(std::string_view text) {
  constexpr std::size_t kDigits = 16;
  return text.size() == 4 + kDigits && std::ranges::all_of(text.substr(4), is_hex_digit);
}

bool is_whole_uuid(const IdTerm& term) {
  const std::string_view digits = std::string_view(term.text).substr(4);
  if (is_bare_uuid(digits)) return true;
  if (term.kind == IdTerm::Kind::uuid) return is_rocm_uuid(term.text);
  return digits.find('/') != std::string_view::npos;  // MIG-GPU-<uuid>/<gi>/<ci>
}

Result<void> check_offline(const Selector& selector, GpuIds ids) {
  if (!selector.excluded.empty()) {
    return needs_hardware(selector, selector.excluded.front().offset, "not=");
  }
  if (!selector.conditions.empty()) {
    return needs_hardware(selector, selector.conditions.front().offset, "conditions");
  }
  if (selector.count) return needs_hardware(selector, selector.text.find("count="), "count=");
  for (const IdTerm& term : selector.ids) {
    if (term.kind == IdTerm::Kind::pci) {
      return needs_hardware(selector, term.offset, "a PCI address");
    }
    if (term.is_numeric()) {
      if (ids != GpuIds::uuid) continue;
      return needs_hardware(selector, term.offset, "an index as UUID");
    }
    if (!is_whole_uuid(term)) {
      return needs_hardware(selector, term.offset, "a part of a UUID");
    }
    if (ids == GpuIds::index) return needs_hardware(selector, term.offset, "a UUID as index");
  }
  return {};
}

// Prefixes in upper case and digits in lower case, as the drivers write them.
std::string as_driver_writes(const IdTerm& term) {
  const std::string lower = ascii_lower(term.text);
  const std::size_t prefix = lower.starts_with("mig-gpu-") ? 8 : 4;
  return ascii_upper(lower.substr(0, prefix)) + lower.substr(prefix);
}

std::vector<std::string> expanded(const Selector& selector) {
  std::vector<std::string> ids;
  const auto add = [&ids](std::string id) {
    if (!contains(ids, id)) ids.push_back(std::move(id));
  };
  for (const IdTerm& term : selector.ids) {
    if (!term.is_numeric()) add(as_driver_writes(term));
    for (unsigned i = term.first; term.is_numeric() && i <= term.last; ++i) {
      add(fmt::format("{}", i));
    }
  }
  return ids;
}

// Index, NVIDIA UUID, ROCm UUID and MIG ids do not mix in one list.
Result<void> check_one_kind(const Selector& selector, const std::vector<std::string>& ids) {
  const auto kind_of = [](const IdTerm& term) {
    if (term.is_numeric()) return 0;
    if (term.kind == IdTerm::Kind::mig) return 1;
    return is_rocm_uuid(term.text) ? 2 : 3;
  };
  for (const IdTerm& term : selector.ids) {
    if (kind_of(term) == kind_of(selector.ids.front())) continue;
    return selector_error(Errc::usage, selector.text, term.offset,
                          "cannot mix kinds of ids with --root",
                          "write only indices, or only UUIDs of one kind");
  }
  if (selector.ids.front().kind == IdTerm::Kind::mig && ids.size() > 1) {
    return selector_error(Errc::usage, selector.text, selector.ids[1].offset,
                          "cannot select several MIG instances: CUDA gives a process one",
                          "write one of them");
  }
  return {};
}

}  // namespace

Result<SelectionVariables> offline_selection_variables(const Selector& selector, GpuIds ids) {
  if (selector.none) {
    return SelectionVariables{
        {"CUDA_VISIBLE_DEVICES", "-1", "no GPU: Ollama computes on the CPU", false},
        {"OLLAMA_VULKAN", "0", kUnknownReason, true}};
  }
  if (Result<void> done = check_offline(selector, ids); !done) return Failure(done.error());
  if (selector.ids.empty()) return SelectionVariables{};
  const std::vector<std::string> list = expanded(selector);
  if (Result<void> done = check_one_kind(selector, list); !done) return Failure(done.error());
  std::string value;
  for (const std::string& id : list) value += (value.empty() ? "" : ",") + id;
  const bool rocm =
      selector.ids.front().kind == IdTerm::Kind::uuid && is_rocm_uuid(selector.ids.front().text);
  SelectionVariables variables = {{rocm ? "ROCR_VISIBLE_DEVICES" : "CUDA_VISIBLE_DEVICES", value,
                                   fmt::format("the GPUs that --gpus {} selects", selector.text),
                                   false}};
  if (selector.ids.front().is_numeric()) {
    variables.push_back(
        {"CUDA_DEVICE_ORDER", "PCI_BUS_ID", "numeric ids then mean what nvidia-smi shows", true});
  }
  variables.push_back({"OLLAMA_VULKAN", "0", kUnknownReason, true});
  return variables;
}

}  // namespace ollama_gpu
