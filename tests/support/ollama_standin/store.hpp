// SPDX-License-Identifier: MIT
// The calls that change which models there are. They answer as Ollama does, and change nothing.
#pragma once

#include "ollama_standin/http.hpp"
#include "ollama_standin/scheduler.hpp"

namespace ollama_standin {

// False: it is none of these calls.
bool answer_store(Connection& connection, const Request& request, const Scheduler& scheduler,
                  int pull_ms);

}  // namespace ollama_standin
