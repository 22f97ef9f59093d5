// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/drop_in/request.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/text/ascii.hpp"
#include "ollama_gpu/core/contains.hpp"
#include "ollama_gpu/core/gpu/selection_variables.hpp"
#include "ollama_gpu/core/ollama/go_values.hpp"
#include "ollama_gpu/core/ollama/settings.hpp"
#include "ollama_gpu/core/ollama/split_mode.hpp"
#include "ollama_gpu/core/text/secrets.hpp"

namespace ollama_gpu {

namespace {

constexpr std::string_view kCudaVisible = "CUDA_VISIBLE_DEVICES";
constexpr std::string_view kKeepAlive = "OLLAMA_KEEP_ALIVE";
constexpr std::string_view kSpread = "OLLAMA_SCHED_SPREAD";
constexpr std::string_view kForTensor =
    "split mode tensor needs it: Ollama leaves a model that fits on one GPU there";

bool is_selection_variable(std::string_view name) {
  const auto& names = selection_variable_names();
  return contains(names, name);
}

// What an earlier selection wrote goes. The lists of GPUs are a selector's own: one that the user
// wrote goes too, while another variable of the user's stays.
void withdraw_selection(DropIn& drop_in) {
  std::erase_if(drop_in.variables, [&](const DropInVariable& variable) {
    if (!is_selection_variable(variable.name)) return false;
    return !variable.reason.empty() || variable.name == kCudaVisible ||
           variable.name == "ROCR_VISIBLE_DEVICES";
  });
  drop_in.selector.clear();
}

class Merger {
 public:
  Merger(DropIn current, const EffectiveEnvironment& without_ours)
      : drop_in_(std::move(current)), without_ours_(without_ours) {
    for (const DropInVariable& variable : drop_in_.variables) places_.push_back(variable.name);
  }

  void select(const Selector& selector, const SelectionVariables& variables) {
    withdraw_selection(drop_in_);
    for (const SelectionVariable& variable : variables) {
      const DropInVariable* users = drop_in_.find(variable.name);
      if (variable.on_behalf && users != nullptr) {
        notes_.push_back(variable_step(PlanAction::keep, "", variable.name, users->value,
                                       std::nullopt, "you set it yourself"));
        continue;
      }
      drop_in_.put({variable.name, variable.value, variable.on_behalf ? variable.reason : ""});
      if (!variable.on_behalf) reasons_[variable.name] = variable.reason;
    }
    drop_in_.selector = selector.text;
  }

  void apply(const SettingChange& change) {
    std::erase(drop_in_.unset, change.name);
    switch (change.kind) {
      case SettingChange::Kind::set:
        drop_in_.put({change.name, change.value, ""});
        if (change.name == kCudaVisible) hint_at_selector(change.value);
        if (change.name == kKeepAlive) explain_keep_alive(change.value);
        break;
      case SettingChange::Kind::off:
        switch_off(change);
        break;
      case SettingChange::Kind::unset:
        unset(change);
        break;
    }
    if (change.name == kCudaVisible) forget_selector();
  }

  // Tensor mode works on all GPUs or not at all: Ollama keeps a model that fits on one there.
  void add_what_tensor_needs() {
    const DropInVariable* mode = drop_in_.find(kSplitMode);
    const DropInVariable* spread = drop_in_.find(kSpread);
    if (spread != nullptr && spread->reason == kForTensor) drop_in_.remove(kSpread);
    if (mode == nullptr || mode->value != kTensor) return;
    spread = drop_in_.find(kSpread);
    const EffectiveVariable* other = elsewhere(std::string(kSpread));
    const bool is_on = spread != nullptr ? is_switched_on(spread->value)
                                         : other != nullptr && is_switched_on(other->value);
    if (!is_on) drop_in_.put({std::string(kSpread), "1", std::string(kForTensor)});
  }

  void share(const ReplicaRequest& request) {
    drop_in_.replicas.reset();
    if (!request.wanted) return;
    drop_in_.replicas = ReplicaNote{};
    drop_in_.replicas->asked = request.count;
  }

  DesiredDropIn finish() && {
    add_what_tensor_needs();
    restore_places();
    return {std::move(drop_in_), std::move(notes_), std::move(reasons_)};
  }

 private:
  void note(PlanAction action, std::string reason) {
    notes_.push_back({action, "", std::move(reason)});
  }

  // Where a variable stood before, it stands again: the file keeps its order.
  void restore_places() {
    const auto place = [&](const DropInVariable& variable) {
      return std::ranges::find(places_, variable.name) - places_.begin();
    };
    std::ranges::stable_sort(drop_in_.variables, {}, place);
  }

  const EffectiveVariable* elsewhere(const std::string& name) const {
    const auto found = without_ours_.variables.find(name);
    return found == without_ours_.variables.end() ? nullptr : &found->second;
  }

  static std::string place_of(const EffectiveVariable& other) {
    if (other.source.file.empty()) return "the service manager";
    return fmt::format("{}:{}", other.source.file, other.source.line);
  }

  void switch_off(const SettingChange& change) {
    const EffectiveVariable* other = elsewhere(change.name);
    if (other == nullptr || same_meaning(change.name, other->value, change.value)) {
      drop_in_.remove(change.name);
      return;
    }
    drop_in_.put({change.name, change.value, ""});
    reasons_[change.name] =
        fmt::format("{} sets it to {}", place_of(*other), masked_value(change.name, other->value));
  }

  void unset(const SettingChange& change) {
    drop_in_.remove(change.name);
    const EffectiveVariable* other = elsewhere(change.name);
    if (other == nullptr) return;
    drop_in_.unset.push_back(change.name);
    const std::string was = masked_value(change.name, other->value);
    note(PlanAction::set,
         fmt::format("UnsetEnvironment={}: {} sets it to {}", change.name, place_of(*other), was));
    notes_.back().name = change.name;
    notes_.back().was = was;
    notes_.back().why = fmt::format("{} sets it", place_of(*other));
  }

  // Who writes 24 may mean hours.
  void explain_keep_alive(const std::string& value) {
    const auto explain = [this](std::string reason) {
      reasons_[std::string(kKeepAlive)] = std::move(reason);
    };
    if (parse_keep_alive(value) == kForeverNs) return explain("a loaded model stays");
    const auto seconds = parse_decimal(value);
    if (seconds == 0) return explain("a model goes as soon as it has answered");
    if (seconds) explain(fmt::format("a number alone is seconds; {}h: hours", *seconds));
  }

  void hint_at_selector(const std::string& value) {
    note(PlanAction::note,
         fmt::format("--gpus {} would select the same GPUs, check that they are there, and "
                     "add what the choice needs (the order of ids, no way back through "
                     "Vulkan)",
                     value == "-1" ? "none" : value));
  }

  // The selector no longer describes what is written: what was added for it goes too.
  void forget_selector() {
    drop_in_.selector.clear();
    std::erase_if(drop_in_.variables, [](const DropInVariable& variable) {
      return is_selection_variable(variable.name) && !variable.reason.empty();
    });
  }

  DropIn drop_in_;
  std::vector<std::string> places_;
  const EffectiveEnvironment& without_ours_;
  std::vector<PlanStep> notes_;
  std::map<std::string, std::string> reasons_;
};

bool is_tensor_without_spread(const SettingChange& change) {
  return change.name == kSpread &&
         (change.kind != SettingChange::Kind::set || !is_switched_on(change.value));
}

}  // namespace

Result<void> check_change(const SettingChange& change, bool force) {
  if (auto carried = check_carriable(change.name, change.value); !carried) return carried;
  if (force || change.kind == SettingChange::Kind::off) return {};
  if (const Setting* called = setting_called(change.name); called && called->name != change.name) {
    const std::string variable(called->name);
    return fail(Errc::usage,
                fmt::format("{} is the option {}; its variable is {}", change.name, called->option,
                            variable),
                change.kind == SettingChange::Kind::unset
                    ? fmt::format("write --unset {}", variable)
                    : fmt::format("see ollama-gpu help {}", change.name));
  }
  if (find_setting(change.name) == nullptr) {
    if (const auto meant = near_miss(change.name)) {
      return fail(
          Errc::usage,
          fmt::format("{} is no setting that Ollama reads; did you mean {}?", change.name, *meant),
          fmt::format("write {}, or add --force to set {} all the same", *meant, change.name));
    }
  }
  if (change.kind == SettingChange::Kind::unset) return {};
  auto checked = check_setting(change.name, change.value);
  const bool by_option = !change.option.empty() && change.option != "--set";
  if (checked || !by_option || !checked.error().message.starts_with(change.name)) return checked;
  Error error = checked.error();
  error.message = fmt::format("{} ({}){}", change.option, change.name,
                              error.message.substr(change.name.size()));
  return Failure(std::move(error));
}

Result<void> check_together(const ConfigureRequest& request, const DropIn& merged) {
  const DropInVariable* mode = merged.find(kSplitMode);
  if (mode == nullptr || mode->value != kTensor) return {};
  const auto against = std::ranges::find_if(request.changes, is_tensor_without_spread);
  if (against == request.changes.end()) return {};
  return fail(Errc::usage,
              fmt::format("{} contradicts split mode tensor, which works only spread over all GPUs",
                          against->option),
              "give --no-split-mode as well, or leave it out");
}

DesiredDropIn merge_request(const DropIn& current, const ConfigureRequest& request,
                            const std::optional<SelectionVariables>& selection,
                            const EffectiveEnvironment& without_ours) {
  Merger merger(request.exact ? DropIn{} : current, without_ours);
  if (request.gpus && selection) merger.select(*request.gpus, *selection);
  for (const SettingChange& change : request.changes) merger.apply(change);
  if (request.replicas) merger.share(*request.replicas);
  return std::move(merger).finish();
}

}  // namespace ollama_gpu
