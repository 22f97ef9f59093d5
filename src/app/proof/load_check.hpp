// SPDX-License-Identifier: MIT
#pragma once

#include "ollama_gpu/app/observe.hpp"
#include "ollama_gpu/app/options.hpp"
#include "ollama_gpu/app/report.hpp"

namespace ollama_gpu::app {

// Level `memory`: has Ollama load the model of the options, unless it is loaded already, looks
// where it lies, and unloads what it loaded. Adds to the report; `server` is what that level
// showed. Errc::not_found (no such model), Errc::busy (other models are loaded), Errc::interrupted.
Result<void> check_memory(Context& context, const Observation& seen, const VerifyOptions& options,
                          const Evidence& server, VerifyReport& report);

}  // namespace ollama_gpu::app
