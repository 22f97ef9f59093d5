// SPDX-License-Identifier: MIT
#include "app/commands/drift_warning.hpp"

#include "app/proof/replica_goal.hpp"
#include "ollama_gpu/core/drop_in/selection_drift.hpp"

namespace ollama_gpu::app {

void warn_of_drift(const Context& context, const Observation& seen, const Inventory& inventory,
                   std::vector<std::string>& warnings) {
  // Another system's drop-in is for another machine's GPUs.
  if (!seen.former || !context.options.root.empty()) return;
  const auto held = memory_held_by_servers(context, seen, inventory);
  const auto drift = selection_drift(as_one_server(seen.current.drop_in), inventory, held);
  if (drift) warnings.push_back(drift->message());
}

}  // namespace ollama_gpu::app
