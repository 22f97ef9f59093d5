// SPDX-License-Identifier: MIT
#include <algorithm>

#include "app/change/change.hpp"
#include "app/change/gate.hpp"
#include "app/running.hpp"
#include "ollama_gpu/app/commands.hpp"
#include "ollama_gpu/core/drop_in/selection_drift.hpp"
#include "ollama_gpu/core/gpu/selection_variables.hpp"

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
    if (auto fine = check_together(request, desired->drop_in); !fine) {
      return target = Failure(fine.error());
    }
    target->notes = std::move(desired->notes);
    target->reasons = std::move(desired->reasons);
    if (auto settled = settle_gate(now, seen, request.gate, desired->drop_in, *target); !settled) {
      return target = Failure(settled.error());
    }
    target->ours = file_that_says(std::move(desired->drop_in));
    return target;
  });
}

}  // namespace ollama_gpu::app
