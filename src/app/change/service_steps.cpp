// SPDX-License-Identifier: MIT
#include "app/change/service_steps.hpp"

#include <algorithm>

#include "app/proof/replica_evidence.hpp"
#include "app/running.hpp"

namespace ollama_gpu::app {

namespace {

using JobSeconds = ports::ServiceManager::Seconds;

constexpr double kReloadTimeout = 180;  // seconds, as systemctl allows
constexpr double kUnseenWait = 0.3;     // seconds: a shorter wait is not shown
constexpr double kSettle = 5;           // seconds of good health
constexpr double kSettleUnasked = 15;   // the same where Ollama cannot be asked

// Shows a wait, and ends it when a signal came.
ports::ServiceManager::Tick waiting_tick(Context& context, const std::string& what, double limit,
                                         OnSignal on_signal) {
  return [&context, what, limit, on_signal](JobSeconds elapsed) {
    if (elapsed.count() > kUnseenWait) context.messages.waiting(what, elapsed.count(), limit);
    return on_signal == OnSignal::go_on || context.clock.pending_signal() == 0;
  };
}

}  // namespace

Result<void> reload(Context& context, ports::ServiceManager& manager, OnSignal on_signal) {
  auto done = manager.reload(JobSeconds(kReloadTimeout),
                             waiting_tick(context, "reloading systemd", kReloadTimeout, on_signal));
  context.messages.done_waiting();
  return done;
}

void clear_failed(Context& context, ports::ServiceManager& manager, const std::string& unit) {
  auto cleared = manager.reset_failed(unit);
  if (!cleared) context.messages.detail(cleared.error().message);
}

Result<ports::JobResult> run_job(Context& context, ports::ServiceManager& manager,
                                 const JobRequest& request) {
  const auto tick = waiting_tick(context, request.what, request.limit, request.on_signal);
  auto job = manager.run(request.job, request.unit, JobSeconds(request.limit), tick);
  context.messages.done_waiting();
  return job;
}

double job_timeout(const ports::UnitState& state) {
  constexpr double kLongest = 3600;  // for units without a limit of their own
  constexpr double kMargin = 30;
  const auto seconds = [](std::uint64_t usec) {
    return usec == UINT64_MAX ? kLongest : static_cast<double>(usec) / 1e6;
  };
  const double gates = static_cast<double>(state.exec_start_pre.size() + 1);
  return std::min(kLongest,
                  seconds(state.timeout_stop_usec) + gates * seconds(state.timeout_start_usec)) +
         kMargin;
}

HealthQuestion health_question(const std::string& unit_id, const UnitSnapshot& snapshot,
                               const ChangeOptions& options) {
  HealthQuestion question;
  question.unit_id = unit_id;
  question.endpoint = endpoint_of(snapshot.effective);
  question.askable = question.endpoint.port != 0 && can_be_asked(snapshot);
  question.timeout = options.timeout;
  question.settle = options.settle.value_or(question.askable ? kSettle : kSettleUnasked);
  return question;
}

std::vector<Evidence> gather_evidence(Context& context, const ChangeOptions& options,
                                      ports::ServiceManager* manager, const ChangePlan& plan) {
  if (options.no_verify) return collect_written_evidence(context, manager, plan.expected);
  auto evidence = collect_evidence(context, manager, plan.expected);
  if (manager == nullptr || !plan.replicas.to) return evidence;
  for (Evidence& level :
       replica_evidence(context, *manager, *plan.replicas.to, plan.expected.restart_expected)) {
    evidence.push_back(std::move(level));
  }
  return evidence;
}

}  // namespace ollama_gpu::app
