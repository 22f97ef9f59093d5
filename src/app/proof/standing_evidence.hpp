// SPDX-License-Identifier: MIT
#pragma once

#include "app/proof/evidence.hpp"

namespace ollama_gpu::app {

// The evidence that what stands on disk now is in force: our drop-in's settings or, where there is
// none, the settings that the unit's own files make.
std::vector<Evidence> standing_evidence(Context& context, const Observation& seen);

}  // namespace ollama_gpu::app
