// SPDX-License-Identifier: MIT
#include <algorithm>

#include "app/change/change.hpp"
#include "app/change/gate.hpp"
#include "app/change/models_in_use.hpp"
#include "app/running.hpp"
#include "ollama_gpu/app/commands.hpp"
#include "ollama_gpu/core/drop_in/selection_drift.hpp"
#include "ollama_gpu/core/gpu/selection_advice.hpp"
#include "ollama_gpu/core/gpu/selection_variables.hpp"
#include "ollama_gpu/core/gpu/visible_devices.hpp"
#include "ollama_gpu/core/ollama/settings.hpp"

namespace ollama_gpu::app {

namespace {

Result<SelectionVariables> select(Context& context, const Observation& seen,
                                  const ConfigureRequest& request, const Inventory& inventory) {
  const auto held = memory_held(context, inventory, seen.state ? seen.state->control_group : "");
  auto selection = resolve_selector(*request.gpus, inventory, held,
                                    selected_uuids(seen.current.drop_in, inventory));
  if (!selection) {
    Error error = selection.error();
    // Where there is no GPU at all the core has given the problem as the reason already.
    if (!inventory.problem.empty() && !inventory.gpus.empty()) {
      error.message += " (" + inventory.problem + ")";
    }
    return Failure(std::move(error));
  }
  return selection_variables(*request.gpus, *selection, inventory, request.gpu_ids);
}

// What the drop-in is to say. Which GPUs there are is enough to see that nothing changes; before
// anything does, all that can be known of them is asked for.
Result<DesiredDropIn> wanted(Context& context, const Observation& seen,
                             const ConfigureRequest& request) {
  const auto merged = [&](Result<SelectionVariables> selection) -> Result<DesiredDropIn> {
    if (!selection) return Failure(selection.error());
    return merge_request(seen.current.drop_in, request, std::move(*selection),
                         seen.without_ours.effective);
  };
  if (!request.gpus) {
    return merge_request(seen.current.drop_in, request, std::nullopt, seen.without_ours.effective);
  }
  if (!context.options.root.empty()) {
    return merged(offline_selection_variables(*request.gpus, request.gpu_ids));
  }
  const Inventory present = context.gpus.identify();
  auto desired = merged(select(context, seen, request, present));
  const bool changes = !desired || !(desired->drop_in == seen.current.drop_in);
  if (!present.names_only || !changes) return desired;
  return merged(select(context, seen, request, context.gpus.list()));
}

bool switches_on_spread(const ConfigureRequest& request) {
  return std::ranges::any_of(request.changes, [](const auto& change) {
    return change.kind == SettingChange::Kind::set && change.name == "OLLAMA_SCHED_SPREAD" &&
           same_meaning(change.name, change.value, "1");
  });
}

// The devices that the drop-in's lists, or else the unit's other files, let a process use.
std::vector<SelectedDevice> usable(const DropIn& drop_in, const EffectiveEnvironment& without_ours,
                                   const Inventory& inventory) {
  const DeviceLists lists = lists_of(without_ours, drop_in);
  auto devices = visible_devices(lists.cuda, inventory);
  if (lists.rocr) {
    for (const SelectedDevice& device : visible_amd_devices(lists.rocr, inventory)) {
      devices.push_back(device);
    }
  }
  return devices;
}

void take_largest_model(Context& context, const Observation& seen, AdviceFacts& facts) {
  if (!seen.state || seen.state->main_pid == 0) return;
  const auto own = ollama_in_use(context, seen);
  if (!own) return;
  const auto models = context.ollama.installed(*own, ports::OllamaServer::Seconds(kAnswerTime));
  if (!models) return;
  for (const ports::InstalledModel& model : *models) {
    if (model.size <= facts.largest_size) continue;
    facts.largest_model = model.name;
    facts.largest_size = model.size;
  }
}

std::vector<PlanStep> advise(Context& context, const Observation& seen,
                             const ConfigureRequest& request, const DropIn& planned) {
  const Inventory inventory = context.gpus.list();
  const EffectiveEnvironment& others = seen.without_ours.effective;
  AdviceFacts facts;
  facts.spread = switches_on_spread(request);
  facts.before = usable(seen.former ? seen.current.drop_in : DropIn{}, others, inventory);
  facts.after = usable(planned, others, inventory);
  facts.context_is_set = planned.find("OLLAMA_CONTEXT_LENGTH") != nullptr ||
                         others.variables.contains("OLLAMA_CONTEXT_LENGTH");
  if (facts.spread && facts.after.size() > 1) take_largest_model(context, seen, facts);
  std::vector<PlanStep> steps;
  for (std::string& line : selection_advice(facts, inventory)) {
    steps.push_back({PlanAction::note, "", std::move(line)});
  }
  return steps;
}

}  // namespace

Outcome<ChangeReport> configure(Context& context, const ConfigureOptions& options) {
  const ConfigureRequest& request = options.request;
  for (const SettingChange& change : request.changes) {
    if (auto checked = check_change(change, request.force); !checked) {
      return {{}, checked.error()};
    }
  }
  return carry_out(context, options.change, [&](Context& now, const Observation& seen) {
    Result<Target> target = Target{};
    auto desired = wanted(now, seen, request);
    if (!desired) return target = Failure(desired.error());
    target->notes = std::move(desired->notes);
    target->reasons = std::move(desired->reasons);
    if (auto settled = settle_gate(now, seen, request.gate, desired->drop_in, *target); !settled) {
      return target = Failure(settled.error());
    }
    if (now.options.root.empty() && (request.gpus || switches_on_spread(request))) {
      target->advice = [&now, &request, planned = desired->drop_in](const Observation& before) {
        return advise(now, before, request, planned);
      };
    }
    target->ours = file_that_says(std::move(desired->drop_in));
    return target;
  });
}

}  // namespace ollama_gpu::app
