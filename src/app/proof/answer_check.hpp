// SPDX-License-Identifier: MIT
#pragma once

#include "ollama_gpu/app/observe.hpp"
#include "ollama_gpu/app/options.hpp"
#include "ollama_gpu/app/report.hpp"

namespace ollama_gpu::app {

// Level `answer`: has Ollama answer with one token of the options' model, within their time. It is
// loaded first where it is not, as by any request. Adds to the report; `server` is what that level
// showed. Errc::not_found (no such model), Errc::interrupted.
Result<void> check_answer(Context& context, const Observation& seen, const VerifyOptions& options,
                          const Evidence& server, VerifyReport& report);

}  // namespace ollama_gpu::app
