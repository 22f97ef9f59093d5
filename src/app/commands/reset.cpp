// SPDX-License-Identifier: MIT
#include "app/change/change.hpp"
#include "app/change/replica_target.hpp"
#include "ollama_gpu/app/commands.hpp"

namespace ollama_gpu::app {

Outcome<ChangeReport> reset(Context& context, const ChangeOptions& options) {
  return carry_out(context, options, [](Context&, const Observation& seen) -> Result<Target> {
    return Target{.ours = Remove{}, .own = files_of_former_servers(seen), .for_good = true};
  });
}

}  // namespace ollama_gpu::app
