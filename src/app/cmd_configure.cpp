// SPDX-License-Identifier: MIT
#include "ollama_gpu/app/change.hpp"
#include "ollama_gpu/app/commands.hpp"

namespace ollama_gpu::app {

namespace {

// The UUIDs of the selection that our drop-in has now.
std::vector<std::string> current_selection(const DropIn& drop_in, const Inventory& inventory) {
  const DropInVariable* visible = drop_in.find("CUDA_VISIBLE_DEVICES");
  if (visible == nullptr) return {};
  std::vector<std::string> uuids;
  for (const SelectedDevice& device : visible_devices(visible->value, inventory)) {
    const Gpu& gpu = inventory.gpus[device.gpu];
    uuids.push_back(device.mig ? gpu.mig[*device.mig].uuid : gpu.uuid);
  }
  return uuids;
}

Result<std::vector<SelectionVariable>> select(Context& context, const Observation& seen,
                                              const ConfigureRequest& request) {
  if (!context.options.root.empty()) {
    return offline_selection_variables(*request.gpus, request.gpu_ids);
  }
  const Inventory inventory = context.gpus.list();
  const auto held = memory_held(context, inventory, seen.state ? seen.state->control_group : "");
  auto selection = resolve_selector(*request.gpus, inventory, held,
                                    current_selection(seen.current.drop_in, inventory));
  if (!selection) {
    Error error = selection.error();
    if (!inventory.problem.empty()) error.message += " (" + inventory.problem + ")";
    return Failure(std::move(error));
  }
  return selection_variables(*request.gpus, *selection, inventory, request.gpu_ids);
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
    std::optional<std::vector<SelectionVariable>> selection;
    if (request.gpus) {
      auto selected = select(now, seen, request);
      if (!selected) return target = Failure(selected.error());
      selection = std::move(*selected);
    }
    DesiredDropIn desired =
        merge_request(seen.current.drop_in, request, selection, seen.without_ours.effective);
    target->drop_in = std::move(desired.drop_in);
    target->notes = std::move(desired.notes);
    return target;
  });
}

}  // namespace ollama_gpu::app
