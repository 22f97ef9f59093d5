// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "core/gpu/device_facts.hpp"
#include "core/gpu/selector_ids.hpp"
#include "core/text/ascii.hpp"
#include "core/text/quote.hpp"
#include "ollama_gpu/core/contains.hpp"
#include "ollama_gpu/core/gpu/selector.hpp"

namespace ollama_gpu {

namespace {

using Devices = std::vector<SelectedDevice>;

// Works a selector out against the GPUs, and keeps the reason for each one that is left out.
class Resolver {
 public:
  Resolver(const Selector& selector, const Inventory& inventory,
           const std::vector<std::uint64_t>& held, const std::vector<std::string>& current)
      : selector_(selector), inventory_(inventory), facts_(inventory, held), current_(current) {}

  Result<Selection> resolve();

 private:
  Result<Devices> typed_devices();
  Devices devices_of_all();
  Result<void> take_away_excluded(Devices& devices);
  Result<void> check_mig(const Devices& devices) const;
  void apply_conditions(Devices& devices);
  std::optional<Devices> selection_in_force(const Devices& candidates) const;
  void keep_emptiest(Devices& devices, std::size_t count);
  void leave_out(const SelectedDevice& device, std::string reason);
  Failure too_few(std::size_t found) const;
  bool is_everything(const Devices& devices) const;

  const Selector& selector_;
  const Inventory& inventory_;
  DeviceFacts facts_;
  const std::vector<std::string>& current_;
  std::string left_out_;
};

void Resolver::leave_out(const SelectedDevice& device, std::string reason) {
  const Gpu& gpu = inventory_.gpus[device.gpu];
  const std::string name = device.mig ? gpu.mig[*device.mig].uuid : gpu_for_message(gpu);
  left_out_ += fmt::format("\n  {}: {}", name, reason);
}

Result<Selection> Resolver::resolve() {
  if (selector_.none) return Selection{};
  Result<Devices> devices = typed_devices();
  if (!devices) return Failure(devices.error());
  if (Result<void> done = take_away_excluded(*devices); !done) return Failure(done.error());
  apply_conditions(*devices);
  const std::size_t wanted = selector_.count.value_or(1);
  if (devices->size() < wanted) return too_few(devices->size());
  if (const std::optional<Devices> in_force = selection_in_force(*devices)) {
    devices = *in_force;
  } else if (selector_.count) {
    keep_emptiest(*devices, *selector_.count);
  }
  if (Result<void> done = check_mig(*devices); !done) return Failure(done.error());
  return Selection{*devices, is_everything(*devices)};
}

Result<Devices> Resolver::typed_devices() {
  if (selector_.ids.empty()) return devices_of_all();
  Devices devices;
  for (const IdTerm& term : selector_.ids) {
    Result<Devices> named = devices_named(term, inventory_, selector_.text);
    if (!named) return named;
    for (const SelectedDevice& device : *named) {
      const Gpu& gpu = inventory_.gpus[device.gpu];
      if (gpu.mig_enabled && !device.mig) {
        return selector_error(
            Errc::not_found, selector_.text, term.offset,
            fmt::format("cannot select GPU {}: it is in MIG mode", gpu_for_message(gpu)),
            "select one of its instances:" + list_of_gpus(Inventory{{gpu}, {}, {}}));
      }
      if (!contains(devices, device)) devices.push_back(device);
    }
  }
  return devices;
}

// Whole GPUs. An instance is only taken where it is all there is: a process can use just one, and
// no GPU beside it (NVIDIA MIG user guide, "CUDA Device Enumeration").
Devices Resolver::devices_of_all() {
  const bool others_wanted = std::ranges::any_of(selector_.conditions, [](const auto& c) {
    return c.kind == Condition::Kind::vendor && c.text == "other";
  });
  Devices whole;
  Devices instances;
  for (std::size_t i = 0; i < inventory_.gpus.size(); ++i) {
    const Gpu& gpu = inventory_.gpus[i];
    for (std::size_t j = 0; j < gpu.mig.size(); ++j) instances.push_back({i, j});
    if (gpu.mig_enabled) continue;
    // A graphics chip that only shows a console is nothing that Ollama could use.
    if (gpu.vendor != Vendor::other || others_wanted) whole.push_back({i, std::nullopt});
  }
  if (whole.empty() && instances.size() == 1) return instances;
  for (std::size_t i = 0; i < inventory_.gpus.size(); ++i) {
    const Gpu& gpu = inventory_.gpus[i];
    if (gpu.mig_enabled) leave_out({i, std::nullopt}, "in MIG mode: name one of its instances");
    for (std::size_t j = 0; gpu.mig_enabled && j < gpu.mig.size(); ++j) {
      leave_out({i, j}, gpu.mig[j].name + " must be selected by this id");
    }
  }
  return whole;
}

Result<void> Resolver::take_away_excluded(Devices& devices) {
  for (const IdTerm& term : selector_.excluded) {
    Result<Devices> named = devices_named(term, inventory_, selector_.text);
    if (!named) return Failure(named.error());
    for (const SelectedDevice& gone : *named) {
      const auto matches = [&](const SelectedDevice& device) {
        return gone.mig ? device == gone : device.gpu == gone.gpu;
      };
      if (std::ranges::none_of(devices, matches)) continue;
      leave_out(gone, fmt::format("not={}", term.text));
      std::erase_if(devices, matches);
    }
  }
  return {};
}

Result<void> Resolver::check_mig(const Devices& devices) const {
  const bool mig = std::ranges::any_of(
      devices, [](const SelectedDevice& device) { return device.mig.has_value(); });
  if (!mig || devices.size() == 1) return {};
  return selector_error(Errc::usage, selector_.text, 0,
                        fmt::format("cannot select {} devices: CUDA gives a process one MIG "
                                    "instance, and no GPU beside it",
                                    devices.size()),
                        "select one MIG instance, or only whole GPUs");
}

void Resolver::apply_conditions(Devices& devices) {
  Devices kept;
  for (const SelectedDevice& device : devices) {
    std::string reasons;
    for (const Condition& condition : selector_.conditions) {
      const std::string reason = facts_.why_not(condition, device);
      if (!reason.empty()) reasons += (reasons.empty() ? "" : "; ") + reason;
    }
    if (reasons.empty()) {
      kept.push_back(device);
    } else {
      leave_out(device, reasons);
    }
  }
  devices = std::move(kept);
}

// The devices in force, where they are still an answer to the selector. Only an answer that
// changes with the load (free memory, utilisation, the emptiest of several) is kept like this.
std::optional<Devices> Resolver::selection_in_force(const Devices& candidates) const {
  const bool load_decides =
      selector_.count || std::ranges::any_of(selector_.conditions, [](const auto& c) {
        return c.kind == Condition::Kind::min_free || c.kind == Condition::Kind::max_util;
      });
  if (!load_decides || current_.empty()) return std::nullopt;
  Devices kept;
  for (const SelectedDevice& device : candidates) {
    const std::string uuid = ascii_lower(uuid_of(device, inventory_));
    const bool in_force = !uuid.empty() && std::ranges::any_of(current_, [&](const auto& other) {
      return ascii_lower(other) == uuid;
    });
    if (in_force) kept.push_back(device);
  }
  const bool complete = kept.size() == current_.size();
  if (!complete || (selector_.count && kept.size() != *selector_.count)) return std::nullopt;
  return kept;
}

void Resolver::keep_emptiest(Devices& devices, std::size_t count) {
  Devices by_space = devices;
  std::ranges::stable_sort(by_space, [&](const auto& left, const auto& right) {
    return facts_.free_memory(left).value_or(0) > facts_.free_memory(right).value_or(0);
  });
  by_space.resize(count);
  const auto is_fuller = [&](const SelectedDevice& device) { return !contains(by_space, device); };
  std::erase_if(devices, is_fuller);
}

Failure Resolver::too_few(std::size_t found) const {
  const std::string target = quote_for_message(selector_.text);
  if (inventory_.gpus.empty()) {
    const std::string why =
        inventory_.problem.empty() ? "no GPU was found" : "no GPU was found: " + inventory_.problem;
    return selector_error(Errc::not_found, selector_.text, 0,
                          fmt::format("cannot select {}: {}", target, why),
                          "ollama-gpu gpus shows what was looked at");
  }
  const std::string wanted = selector_.count
                                 ? fmt::format("only {} of {} GPUs fit", found, *selector_.count)
                                 : std::string("no GPU fits");
  return selector_error(
      Errc::not_found, selector_.text, 0, fmt::format("cannot select {}: {}", target, wanted),
      left_out_.empty() ? "GPUs here:" + list_of_gpus(inventory_) : "left out:" + left_out_);
}

bool Resolver::is_everything(const Devices& devices) const {
  for (std::size_t i = 0; i < inventory_.gpus.size(); ++i) {
    const Gpu& gpu = inventory_.gpus[i];
    if (gpu.vendor == Vendor::other) continue;
    const bool whole = contains(devices, SelectedDevice{i, std::nullopt});
    const bool only_instance =
        gpu.mig.size() == 1 && contains(devices, SelectedDevice{i, std::size_t{0}});
    if (!whole && !only_instance) return false;
  }
  return true;
}

}  // namespace

Result<Selection> resolve_selector(const Selector& selector, const Inventory& inventory,
                                   const std::vector<std::uint64_t>& held_by_unit,
                                   const std::vector<std::string>& current) {
  return Resolver(selector, inventory, held_by_unit, current).resolve();
}

}  // namespace ollama_gpu
