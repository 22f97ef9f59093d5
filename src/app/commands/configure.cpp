// SPDX-License-Identifier: MIT
#include <algorithm>

#include "app/change/change.hpp"
#include "app/change/gate.hpp"
#include "app/change/replica_target.hpp"
#include "app/proof/replica_goal.hpp"
#include "ollama_gpu/app/commands.hpp"
#include "ollama_gpu/core/drop_in/selection_drift.hpp"
#include "ollama_gpu/core/gpu/selection_variables.hpp"
#include "ollama_gpu/core/replicas/replica_set.hpp"

namespace ollama_gpu::app {

namespace {

Result<SelectionVariables> select(Context& context, const Observation& seen,
                                  const ConfigureRequest& request, const Inventory& inventory) {
  const auto held = memory_held_by_servers(context, seen, inventory);
  auto selection = resolve_selector(*request.gpus, inventory, held,
                                    selected_uuids(as_one_server(seen.current.drop_in), inventory));
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
  const DropIn current = as_one_server(seen.current.drop_in);
  const auto merged = [&](Result<SelectionVariables> selection) -> Result<DesiredDropIn> {
    if (!selection) return Failure(selection.error());
    return merge_request(current, request, std::move(*selection), seen.without_ours.effective);
  };
  if (!request.gpus) {
    return merge_request(current, request, std::nullopt, seen.without_ours.effective);
  }
  if (!context.options.root.empty()) {
    return merged(offline_selection_variables(*request.gpus, request.gpu_ids));
  }
  const Inventory present = context.gpus.identify();
  auto desired = merged(select(context, seen, request, present));
  const bool changes = !desired || !(desired->drop_in == current);
  if (!present.names_only || !changes) return desired;
  return merged(select(context, seen, request, context.gpus.list()));
}

// Servers share GPUs: where none were ever selected, all of them.
ConfigureRequest with_gpus(const ConfigureRequest& request, const Observation& seen) {
  ConfigureRequest completed = request;
  const DropIn current = request.exact ? DropIn{} : as_one_server(seen.current.drop_in);
  const bool selected =
      current.find("CUDA_VISIBLE_DEVICES") != nullptr || current.find("ROCR_VISIBLE_DEVICES");
  const bool wanted = request.replicas && request.replicas->wanted;
  if (wanted && !request.gpus && !selected) completed.gpus = *parse_selector("all");
  return completed;
}

}  // namespace

Outcome<ChangeReport> configure(Context& context, const ConfigureOptions& options) {
  for (const SettingChange& change : options.request.changes) {
    if (auto checked = check_change(change, options.request.force); !checked) {
      return {{}, checked.error()};
    }
  }
  return carry_out(context, options.change, [&](Context& now, const Observation& seen) {
    Result<Target> target = Target{};
    const ConfigureRequest request = with_gpus(options.request, seen);
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
    if (auto shared = settle_replicas(now, seen, request, desired->drop_in, *target); !shared) {
      return target = Failure(shared.error());
    }
    target->ours = file_that_says(std::move(desired->drop_in));
    return target;
  });
}

}  // namespace ollama_gpu::app
