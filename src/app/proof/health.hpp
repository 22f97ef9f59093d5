// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "ollama_gpu/app/context.hpp"
#include "ollama_gpu/core/ollama/ollama_host.hpp"

namespace ollama_gpu::app {

struct HealthQuestion {
  std::string unit_id;
  Endpoint endpoint = {};
  bool askable = true;        // false: its socket cannot be seen from here
  double timeout = 180;       // seconds for the first answer
  double settle = 5;          // seconds of good health after it
  bool interruptible = true;  // a signal ends the wait
};

enum class Verdict { healthy, unhealthy, stopped_by_other, interrupted };

struct Health {
  Verdict verdict = Verdict::unhealthy;
  std::string reason = {};         // in words, for unhealthy
  std::string invocation_id = {};  // of the run that was watched last
};

// Watches the service from now on (call it right after its job was removed): main process up,
// Ollama answering on a socket held by the unit's own control group, and so for the settle time.
Health wait_until_healthy(Context& context, ports::ServiceManager& manager,
                          const HealthQuestion& question);

// True for a state in which the service crashed or waits for its automatic restart.
bool is_failing(const ports::UnitState& state);

}  // namespace ollama_gpu::app
