// SPDX-License-Identifier: MIT
#include "app/change/change.hpp"
#include "ollama_gpu/app/commands.hpp"

namespace ollama_gpu::app {

Outcome<ChangeReport> reset(Context& context, const ChangeOptions& options) {
  return carry_out(context, options, [](Context&, const Observation&) -> Result<Target> {
    return Target{.ours = Remove{}, .for_good = true};
  });
}

}  // namespace ollama_gpu::app
