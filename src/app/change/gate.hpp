// SPDX-License-Identifier: MIT
#pragma once

#include "app/change/change.hpp"
#include "app/proof/evidence.hpp"

namespace ollama_gpu::app {

// Gives the drop-in the gate that was asked for; where nothing was asked, the one that is
// there follows the selection and the unit's start timeout. Notes and warnings go to `target`.
// Errc::usage where no GPU is selected, Errc::conflict where the unit cannot run it.
Result<void> settle_gate(Context& context, const Observation& seen,
                         const std::optional<GateRequest>& asked, DropIn& drop_in, Target& target);

}  // namespace ollama_gpu::app
