// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "app/change/change_plan.hpp"
#include "app/proof/health.hpp"
#include "ollama_gpu/app/options.hpp"

namespace ollama_gpu::app {

// What a change does to the running service, and what putting it back does.

// What a signal does to a wait: a change is given up; putting back is never interrupted.
enum class OnSignal { give_up, go_on };

using ports::Job;

struct JobRequest {
  Job job = Job::restart;
  std::string unit = {};
  std::string what = {};  // "restarting ollama.service", while it is waited for
  double limit = 0;       // seconds
  OnSignal on_signal = OnSignal::give_up;
};

// Has systemd read its files again.
Result<void> reload(Context& context, ports::ServiceManager& manager, OnSignal on_signal);

// Forgets what failed before, so that no start limit stands in the way; said as a detail where
// systemd does not.
void clear_failed(Context& context, ports::ServiceManager& manager, const std::string& unit);

// Runs the job and waits for its end.
Result<ports::JobResult> run_job(Context& context, ports::ServiceManager& manager,
                                 const JobRequest& request);

// How long a restart of this unit may take, in seconds: its own limits and 30 s.
double job_timeout(const ports::UnitState& state);

// Whether the service is well with these settings. The settle time is that of a server that can be
// asked, else a longer one.
HealthQuestion health_question(const std::string& unit_id, const UnitSnapshot& snapshot,
                               const ChangeOptions& options);

// Every level; with --no-verify only those that need no running service. `manager` may be null.
std::vector<Evidence> gather_evidence(Context& context, const ChangeOptions& options,
                                      ports::ServiceManager* manager, const ChangePlan& plan);

}  // namespace ollama_gpu::app
