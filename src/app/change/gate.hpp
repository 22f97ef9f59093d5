// SPDX-License-Identifier: MIT
#pragma once

#include "app/change/change.hpp"
#include "app/proof/evidence.hpp"

namespace ollama_gpu::app {

// The GPUs that a process is told to use: by our drop-in, or else by the unit's other files.
DeviceLists lists_of(const DropIn& drop_in, const EffectiveEnvironment& without_ours);

// Gives the target's drop-in the gate that was asked for; where nothing was asked, the one that is
// there follows the selection and the unit's start timeout. Errc::usage where no GPU is selected,
// Errc::conflict where the unit cannot run it.
Result<void> settle_gate(Context& context, const Observation& seen,
                         const std::optional<GateRequest>& asked, Target& target);

}  // namespace ollama_gpu::app
