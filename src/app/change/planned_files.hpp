// SPDX-License-Identifier: MIT
#pragma once

#include "app/change/change_plan.hpp"

namespace ollama_gpu::app {

// Which files of a plan are exchanged for others, in which order, for a target. Errc::busy where
// somebody changed one just now, Errc::conflict or Errc::permission where one cannot be written.
// `settings`: what our drop-in is going to say.
Result<void> plan_files(Context& context, const ChangeOptions& options, const Observation& seen,
                        const Target& target, const DropIn& settings, ChangePlan& plan);

}  // namespace ollama_gpu::app
