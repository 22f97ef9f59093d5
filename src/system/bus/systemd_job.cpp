// SPDX-License-Identifier: MIT
// SystemdBus: start, stop and restart, each waiting for its own job.
#include <algorithm>
#include <string_view>

#include "ollama_gpu/system/bus/systemd_bus.hpp"
#include "system/bus/bus_job.hpp"

namespace ollama_gpu {
namespace {

using bus::Wait;
using bus::Waited;
using ports::JobResult;
using ports::UnitState;

constexpr bus::Seconds kPollEvery{0.2};
constexpr bus::Seconds kAskEvery{1};

// How a job whose removal we did not see must have ended.
JobResult result_from(const UnitState& unit) {
  return JobResult{unit.active_state == "failed" ? "failed" : "done"};
}

bool job_is_gone(const UnitState& unit, std::uint32_t job) {
  return job == 0 ? unit.job_id == 0 : unit.job_id != job;
}

// Whether a call whose reply went down with the connection was carried out; `after`: with no job.
bool has_happened(ports::Job job, const UnitState& before, const UnitState& after) {
  if (job == ports::Job::stop) return after.active_state != "active";
  if (job == ports::Job::reload) return true;  // to be asked again is harmless: the caller sees
  return after.invocation_id != before.invocation_id;
}

struct JobCall {
  const char* method;
  std::string verb;
  const char* mode;
};

JobCall call_of(ports::Job job) {
  switch (job) {
    case ports::Job::start:
      return {"StartUnit", "start ", "replace"};
    case ports::Job::stop:
      return {"StopUnit", "stop ", "replace"};
    case ports::Job::reload:
      return {"ReloadUnit", "reload ", "replace"};
    case ports::Job::restart_alone:
      return {"RestartUnit", "restart ", "ignore-dependencies"};
    case ports::Job::restart:
      break;
  }
  return {"RestartUnit", "restart ", "replace"};
}

Failure never_arrived(const std::string& action) {
  return fail(Errc::busy,
              "cannot " + action + ": the connection to systemd was lost before it took that on",
              "somebody had systemd execute itself anew just then; run the command again");
}

}  // namespace

// The connection broke while a job was asked for or awaited (daemon-reexec). It is not asked for
// again: it may have been taken on. `job` is 0 where its number is not known.
Result<JobResult> SystemdBus::poll_job(const std::string& unit_name, std::uint32_t job,
                                       Wait& wait) {
  while (true) {
    if (auto fresh = connect_(); fresh) {
      bus_ = std::move(*fresh);
      const auto state = unit(unit_name);
      if (state && job_is_gone(*state, job)) return result_from(*state);
      if (!state && state.error().code == Errc::permission) return Failure(state.error());
      while (state && sd_bus_is_open(bus_.get()) > 0) {
        if (!wait.sleep(kPollEvery)) return Failure(wait.error());
        const auto later = unit(unit_name);
        if (!later) break;
        if (job_is_gone(*later, job)) return result_from(*later);
      }
    }
    if (!wait.sleep(kPollEvery)) return Failure(wait.error());
  }
}

Result<JobResult> SystemdBus::await_job(const std::string& unit_name, const std::string& job,
                                        const bus::JobWatch& watch, Wait& wait) {
  const std::uint32_t number = bus::job_number(job);
  bus::Seconds ask_at = wait.elapsed() + kAskEvery;
  bool gone = false;
  while (true) {
    const auto done = [&] { return watch.result_of(job) || wait.elapsed() >= ask_at; };
    const Waited waited = bus::process_until(bus_.get(), wait, done);
    if (const auto result = watch.result_of(job)) return JobResult{*result};
    if (waited == Waited::gave_up) return Failure(wait.error());
    if (waited == Waited::lost) return poll_job(unit_name, number, wait);
    // The signal can get lost on the bus (systemd re-executed): now and then, ask. It is believed
    // the second time, so that a signal on its way comes first.
    const auto state = unit(unit_name);
    if (state && job_is_gone(*state, number)) {
      if (gone) return result_from(*state);
      gone = true;
    }
    ask_at = wait.elapsed() + kAskEvery;
  }
}

Result<JobResult> SystemdBus::run(ports::Job job_type, const std::string& unit_name,
                                  Seconds timeout, const Tick& tick) {
  const auto [method, verb, mode] = call_of(job_type);
  const std::string action = verb + unit_name;
  Wait wait(action, timeout, tick);
  // A connection that broke some time ago is noticed and made again here, where nothing was asked
  // yet.
  const auto before = unit(unit_name);
  const auto watch = bus::JobWatch::install(bus_.get());
  if (!watch) return Failure(watch.error());
  const auto request =
      bus::method_call(bus_.get(), bus::kManagerPath, bus::kManager, method, {unit_name, mode});
  if (!request) return Failure(request.error());
  const auto reply = bus::call(bus_.get(), request->get(), wait, action);
  if (!reply && reply.error().lost) {
    auto ended = poll_job(unit_name, 0, wait);
    const auto after = unit(unit_name);
    const bool seen = ended && before && after;
    if (seen && !has_happened(job_type, *before, *after)) return never_arrived(action);
    return ended;
  }
  if (!reply) return Failure(reply.error().error);
  const char* job = nullptr;
  const int result = sd_bus_message_read_basic(reply->get(), 'o', static_cast<void*>(&job));
  if (result < 0) return Failure(bus::bus_failure(action, result));
  return await_job(unit_name, job, **watch, wait);
}

}  // namespace ollama_gpu
