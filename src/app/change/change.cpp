// SPDX-License-Identifier: MIT
#include "app/change/change.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/change/announcer.hpp"
#include "app/change/apply.hpp"
#include "app/change/change_plan.hpp"
#include "app/change/crash_recovery.hpp"
#include "app/change/endings.hpp"
#include "app/change/generation_write.hpp"
#include "app/history.hpp"
#include "app/interruption.hpp"
#include "app/running.hpp"
#include "ollama_gpu/core/replicas/replica_files.hpp"
#include "ollama_gpu/core/text/shell_word.hpp"

namespace ollama_gpu::app {

namespace {

using Seconds = ports::Clock::Seconds;
using ChangeOutcome = Outcome<ChangeReport>;

constexpr double kLookAtJobsEvery = 0.1;  // seconds

ChangeOutcome failed(ChangeReport report, Error error) {
  return {std::move(report), std::move(error)};
}

// A command line as it was typed may have several.
std::string on_one_line(const std::string& command) {
  std::string line;
  for (const char byte : command) line += byte == '\n' ? "\\n" : std::string(1, byte);
  return line;
}

// The lock, and the file of an earlier run that did not get to its end put back. `files`: what was
// looked at for the unit's name; nothing where much may have happened since.
Result<std::unique_ptr<ports::Lock>> lock_and_recover(Context& context,
                                                      const ChangeOptions& options,
                                                      std::shared_ptr<MemoFiles>& files) {
  auto id = resolve_unit_id(context, files);
  if (!id) return Failure(id.error());
  bool told = false;
  const auto on_wait = [&](int pid, const std::string& command) {
    if (!std::exchange(told, true)) {
      context.messages.note(
          fmt::format("waiting for another ollama-gpu (pid {}): {}", pid, on_one_line(command)));
    }
    return context.clock.pending_signal() == 0;
  };
  auto lock = context.store.lock(*id, Seconds(options.lock_timeout), on_wait);
  if (auto stopped = interruption(context); stopped && !lock) return Failure(std::move(*stopped));
  if (!lock) return lock;
  auto restored = undo_pending(context, *id);
  if (!restored) return Failure(restored.error());
  if (told || *restored) files.reset();
  return lock;
}

// Someone's restart or stop of a running service is given a little time to end.
Result<void> wait_for_other_job(Context& context, const ChangeOptions& options,
                                Observation& observation) {
  const auto start = context.clock.now();
  while (observation.state && observation.state->job_id != 0 && observation.state->main_pid != 0) {
    const double elapsed = (context.clock.now() - start).count();
    if (elapsed > options.lock_timeout) {
      return fail(Errc::busy,
                  fmt::format("another job of {} is under way (job {}, {})", observation.unit_id,
                              observation.state->job_id, observation.state->job_type),
                  "wait until it has ended: systemctl list-jobs");
    }
    if (context.clock.pending_signal() != 0) break;
    context.messages.waiting("waiting for another job of this service", elapsed,
                             options.lock_timeout);
    context.clock.sleep(Seconds(kLookAtJobsEvery));
    auto state = observation.manager->unit(observation.unit_id);
    if (!state) return Failure(state.error());
    observation.state = std::move(*state);
  }
  context.messages.done_waiting();
  return {};
}

void describe(ChangeReport& report, const Observation& observation, const ChangePlan& plan) {
  report.unit = observation.unit_id;
  report.plan = plan.steps;
  report.warnings = plan.warnings;
  report.diff.clear();  // planned anew after a wait
  for (const ports::ReplacedFile& file : plan.files) report.diff += diff_of(file);
}

ChangeOutcome preview(ChangeReport report, const ChangeOptions& options, const ChangePlan& plan) {
  report.preview = true;
  report.changed = plan.changes();
  report.summary =
      plan.changes() ? "nothing was changed: this is what would be done" : "nothing to do";
  if (!options.check) return {std::move(report), std::nullopt};
  if (!plan.elsewhere.empty()) {
    return failed(std::move(report), {Errc::not_verified, plan.elsewhere,
                                      "change it there: no restart would bring our value"});
  }
  if (!plan.changes()) return {std::move(report), std::nullopt};
  return failed(std::move(report), {Errc::would_change, "something would change"});
}

// What an earlier change left half done, and what somebody took away since.
void warn_of_the_past(const Observation& seen, const ChangePlan& plan, ChangeReport& report) {
  if (const auto unfinished = interrupted_change(seen)) report.warnings.push_back(*unfinished);
  const auto gone = change_taken_away(seen);
  if (!gone || plan.for_good) return;
  report.warnings.push_back(fmt::format(
      "{0} is gone: somebody took away what generation {1} left there; this brings it back: sudo "
      "ollama-gpu rollback {1}",
      seen.drop_in_path, *gone));
}

// A unit of ours, beside the service that it is for.
Result<void> check_own_unit(const Observation& seen) {
  const auto& files = seen.disk.files;
  const std::string service = files.empty() ? "" : service_of_file(files.front().bytes);
  if (service.empty()) return {};
  return fail(
      Errc::usage,
      fmt::format("{} is one of the units that make several servers of {}", seen.unit_id, service),
      fmt::format("they are configured together: --unit {}", shell_word(service)));
}

struct PlannedChange {
  Observation observation;
  ChangePlan plan;
};

// Observe, decide and plan; nothing is touched. `report` learns the unit's name.
Result<PlannedChange> observe_and_plan(Context& context, const ChangeOptions& options,
                                       const Decide& decide, ChangeReport& report,
                                       std::shared_ptr<MemoFiles> files = nullptr) {
  auto observation = observe(context, Purpose::change, std::move(files));
  if (!observation) return Failure(observation.error());
  report.unit = observation->unit_id;
  if (auto owned = check_own_unit(*observation); !owned) return Failure(owned.error());
  if (!options.dry_run && !options.check) {
    auto waited = wait_for_other_job(context, options, *observation);
    if (!waited) return Failure(waited.error());
  }
  auto target = decide(context, *observation);
  if (!target) return Failure(target.error());
  auto plan = make_plan(context, options, *observation, *target);
  if (!plan) return Failure(plan.error());
  return PlannedChange{std::move(*observation), std::move(*plan)};
}

}  // namespace

OurFile file_that_says(DropIn drop_in) {
  if (drop_in.empty()) return Remove{};
  return drop_in;
}

ChangeOutcome carry_out(Context& context, const ChangeOptions& options, const Decide& decide) {
  std::unique_ptr<ports::Lock> lock;
  auto files = std::make_shared<MemoFiles>(context.files);
  ChangeReport report;
  report.unit = context.options.unit;
  if (!options.dry_run && !options.check) {
    auto taken = lock_and_recover(context, options, files);
    if (!taken) return failed(std::move(report), taken.error());
    lock = std::move(*taken);
  }
  Announcer announcer(context, options);
  while (true) {
    auto planned = observe_and_plan(context, options, decide, report, std::move(files));
    if (!planned) return failed(std::move(report), planned.error());
    auto& [observation, plan] = *planned;
    describe(report, observation, plan);
    warn_of_the_past(observation, plan, report);
    announcer.warn(report);
    if (options.dry_run || options.check) return preview(std::move(report), options, plan);
    if (auto stopped = interruption(context)) return failed(std::move(report), *stopped);
    if (plan.changes()) {
      const auto ready = announcer.settle(observation, plan, report);
      if (!ready) return failed(std::move(report), ready.error());
      if (!*ready) continue;
    }
    if (plan.for_good && !plan.write) accept_removal(context, observation);
    if (!plan.changes()) {
      return nothing_to_do(context, options, observation, plan, std::move(report));
    }
    auto outcome = apply(context, options, observation, plan, std::move(report));
    tell_next(context, options, plan.use, outcome.report);
    return outcome;
  }
}

}  // namespace ollama_gpu::app
