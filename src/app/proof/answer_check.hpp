// SPDX-License-Identifier: MIT
#pragma once

#include "ollama_gpu/app/observe.hpp"
#include "ollama_gpu/app/options.hpp"
#include "ollama_gpu/app/report.hpp"

namespace ollama_gpu::app {

// Level `answer`: has Ollama answer with one token of the options' model, within their time. Where
// it is not loaded it is for that, and unloaded again. Adds to the report; `server` is what that
// level showed. Errc::not_found (no such model), Errc::busy (others are loaded), Errc::interrupted.
Result<void> check_answer(Context& context, const Observation& seen, const VerifyOptions& options,
                          const Evidence& server, VerifyReport& report);

}  // namespace ollama_gpu::app
