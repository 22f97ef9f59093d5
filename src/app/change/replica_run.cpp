// SPDX-License-Identifier: MIT
#include "app/change/replica_run.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/change/drain.hpp"
#include "app/interruption.hpp"
#include "app/proof/health.hpp"
#include "app/running.hpp"

namespace ollama_gpu::app {

namespace {

using Failed = std::optional<ReplicaFailure>;

class ReplicaRun {
 public:
  ReplicaRun(Context& context, const ChangeOptions& options, ports::ServiceManager& manager,
             const ReplicaStep& step, std::set<std::string>& touched,
             std::vector<std::string>& warnings)
      : context_(context),
        options_(options),
        manager_(manager),
        step_(step),
        touched_(touched),
        warnings_(warnings) {}

  Failed run() {
    // One server again: the others make room on the address; whoever asks restarts the unit itself.
    if (step_.to == nullptr) return stop_unwanted();
    return step_.one_after_another ? one_after_another() : all_at_once();
  }

 private:
  Failed all_at_once() {
    if (auto failed = stop_unwanted()) return failed;
    // The first brings the others and the entry along, by Wants= and PartOf=.
    for (const ServerGoal& server : step_.to->servers) {
      if (auto failed = act(server, need(server), Job::restart)) return failed;
    }
    if (auto failed = prove_all()) return failed;
    return settle_entry();
  }

  // They were started at the same time, and so settle at the same time: while the first is watched
  // none of the others may have been started anew.
  Failed prove_all() {
    const auto& servers = step_.to->servers;
    std::vector<std::string> runs;
    for (const ServerGoal& server : servers) {
      if (auto failed = prove(server, Settle::no)) return failed;
      runs.push_back(invocation_of(server.server.unit));
    }
    if (auto failed = prove(servers.front())) return failed;
    for (std::size_t i = 1; i < servers.size(); ++i) {
      if (auto failed = prove(servers[i], Settle::no)) return failed;
      const std::string& unit = servers[i].server.unit;
      const std::string run = invocation_of(unit);
      if (run == runs[i] || options_.no_verify) continue;
      return ReplicaFailure{
          {Errc::unhealthy,
           fmt::format("{} is not healthy: it crashed, and was started anew", unit)},
          true,
          false,
          unit,
          runs[i]};
    }
    return std::nullopt;
  }

  Failed one_after_another() {
    for (const ServerGoal& server : step_.to->servers) {
      if (auto failed = roll(server)) return failed;
    }
    if (auto failed = settle_entry()) return failed;
    return stop_unwanted();
  }

  Need need(const ServerGoal& server) const {
    const Need found = need_of(context_, manager_, server);
    const bool forced = step_.forced.contains(server.server.unit);
    return forced && found == Need::nothing ? Need::restart : found;
  }

  Failed roll(const ServerGoal& server) {
    const Need needed = need(server);
    if (needed == Need::nothing) return std::nullopt;
    const Drain drain(context_, *step_.from, server.server);
    InUse use;
    if (needed == Need::restart) {
      if (auto stopped = signal()) return stopped;
      auto drained = drain.begin(options_, step_.on_signal);
      if (!drained) return other(drained.error(), server);
      if (options_.preload) use = use_now(server);
    }
    if (auto failed = act(server, needed, Job::restart_alone)) return failed;
    if (auto failed = prove(server)) return failed;
    if (auto failed = prove_settings(server)) return failed;
    if (auto failed = load(server, use)) return failed;
    drain.end();
    return std::nullopt;
  }

  InUse use_now(const ServerGoal& server) const {
    const auto state = manager_.unit(server.server.unit);
    const auto own =
        state ? own_ollama(context_, server.server.endpoint(), *state) : Failure(state.error());
    if (!own) return {};
    return use_of(context_, *own, process_environment(context_, *state).value_or(Environment()));
  }

  // Where none of them loads with the new settings, no other server is to have these.
  Failed load(const ServerGoal& server, const InUse& use) {
    if (use.models.empty()) return std::nullopt;
    const std::string& unit = server.server.unit;
    const auto loaded =
        load_again(context_, manager_, server.expected.snapshot, unit, use, warnings_);
    if (auto stopped = signal()) return stopped;
    if (loaded.value_or(1) > 0 || step_.on_signal == OnSignal::go_on) return std::nullopt;
    return ReplicaFailure{
        {Errc::unhealthy, fmt::format("{}: {}", unit, no_model_loads(use.models.size()).message)},
        true,
        false,
        unit,
        invocation_of(unit)};
  }

  // Starts what is down, restarts what has other settings.
  Failed act(const ServerGoal& server, Need needed, Job restart) {
    const std::string& unit = server.server.unit;
    if (needed == Need::nothing) return std::nullopt;
    const auto state = manager_.unit(unit);
    if (!state) return other(state.error(), server);
    if (auto stopped = signal()) return stopped;
    touched_.insert(unit);
    clear_failed(context_, manager_, unit);
    const Job job = needed == Need::start ? Job::start : restart;
    return run(job, unit, job_timeout(*state) + gate_time(server));
  }

  static double gate_time(const ServerGoal& server) {
    const auto& gate = server.expected.drop_in.gate;
    return gate ? static_cast<double>(gate->seconds + kGateMargin) : 0;
  }

  Failed run(Job job, const std::string& unit, double limit) {
    const char* verb = job == Job::stop     ? "stopping "
                       : job == Job::start  ? "starting "
                       : job == Job::reload ? "reloading "
                                            : "restarting ";
    context_.messages.detail(verb + unit);
    auto done = run_job(context_, manager_, {job, unit, verb + unit, limit, step_.on_signal});
    if (auto stopped = signal()) return stopped;
    if (!done) return ReplicaFailure{done.error(), true, false, unit, invocation_of(unit)};
    if (done->result == "done") return std::nullopt;
    return ReplicaFailure{
        {Errc::unhealthy,
         fmt::format("{} is not healthy: systemd's job ended as {}", unit, done->result)},
        true,
        done->result == "canceled",
        unit,
        invocation_of(unit)};
  }

  std::string invocation_of(const std::string& unit) const {
    const auto state = manager_.unit(unit);
    return state ? state->invocation_id : "";
  }

  Failed signal() const {
    if (step_.on_signal == OnSignal::go_on) return std::nullopt;
    auto error = interruption(context_);
    if (!error) return std::nullopt;
    return ReplicaFailure{std::move(*error)};
  }

  static ReplicaFailure other(const Error& error, const ServerGoal& server) {
    return {error, false, false, server.server.unit, {}};
  }

  enum class Settle { no, yes };

  Failed prove(const ServerGoal& server, Settle settle = Settle::yes) {
    const std::string& unit = server.server.unit;
    if (options_.no_verify) return std::nullopt;
    HealthQuestion question = health_question(unit, server.expected.snapshot, options_);
    if (settle == Settle::no) question.settle = 0;
    question.interruptible = step_.on_signal == OnSignal::give_up;
    const Health health = wait_until_healthy(context_, manager_, question);
    if (health.verdict == Verdict::interrupted) return signal();
    if (health.verdict != Verdict::healthy) {
      return ReplicaFailure{
          {Errc::unhealthy, fmt::format("{} is not healthy: {}", unit, health.reason)},
          true,
          health.verdict == Verdict::stopped_by_other,
          unit,
          health.invocation_id};
    }
    return std::nullopt;
  }

  // Before the next one is touched.
  Failed prove_settings(const ServerGoal& server) {
    if (options_.no_verify) return std::nullopt;
    const bool required = options_.require_gpu && step_.on_signal == OnSignal::give_up;
    for (const Evidence& level : collect_evidence(context_, &manager_, server.expected)) {
      const bool ok = level.status == EvidenceStatus::ok;
      const bool matters = level.level == EvidenceLevel::process ||
                           (required && level.level == EvidenceLevel::devices);
      if (ok || !matters || (!required && level.status == EvidenceStatus::skipped)) continue;
      const std::string& unit = server.server.unit;
      return ReplicaFailure{{Errc::unhealthy, fmt::format("{}: {}", unit, level.detail)},
                            true,
                            false,
                            unit,
                            invocation_of(unit)};
    }
    return signal();
  }

  // The entry with the planned configuration, and every server up in it.
  Failed settle_entry() {
    const std::string& unit = step_.to->places.entry_unit;
    const Need needed = need_of_entry(context_, manager_, *step_.to);
    if (needed != Need::nothing) {
      touched_.insert(unit);
      clear_failed(context_, manager_, unit);
      const Job job = needed == Need::start ? Job::start : Job::reload;
      if (auto failed = run(job, unit, kEntryTime)) return failed;
    }
    if (options_.no_verify) return std::nullopt;
    const auto ready = wait_for_entry(context_, *step_.to, options_.timeout, step_.on_signal);
    if (auto stopped = signal()) return stopped;
    if (ready) return std::nullopt;
    return ReplicaFailure{ready.error(), true, false, unit, invocation_of(unit)};
  }

  // The entry too where none is wanted any more, and before all: it holds the address.
  Failed stop_unwanted() {
    if (step_.from == nullptr) return std::nullopt;
    std::vector<std::string> units;
    if (step_.to == nullptr) units.push_back(step_.from->places.entry_unit);
    for (std::size_t i = 1; i < step_.from->servers.size(); ++i) {
      const std::string& unit = step_.from->servers[i].server.unit;
      if (!is_wanted(unit)) units.push_back(unit);
    }
    for (const std::string& unit : units) {
      touched_.insert(unit);
      const auto state = manager_.active_state(unit);
      if (state && *state == "inactive") continue;
      if (auto failed = run(Job::stop, unit, kStopTime)) return failed;
      clear_failed(context_, manager_, unit);  // one that kept crashing is not listed any more
    }
    return std::nullopt;
  }

  bool is_wanted(const std::string& unit) const {
    return step_.to != nullptr &&
           std::ranges::any_of(step_.to->servers, [&](const ServerGoal& server) {
             return server.server.unit == unit;
           });
  }

  static constexpr double kEntryTime = 60;  // seconds
  static constexpr double kStopTime = 120;

  Context& context_;
  const ChangeOptions& options_;
  ports::ServiceManager& manager_;
  const ReplicaStep& step_;
  std::set<std::string>& touched_;
  std::vector<std::string>& warnings_;
};

}  // namespace

std::optional<ReplicaFailure> run_replicas(Context& context, const ChangeOptions& options,
                                           ports::ServiceManager& manager, const ReplicaStep& step,
                                           std::set<std::string>& touched,
                                           std::vector<std::string>& warnings) {
  return ReplicaRun(context, options, manager, step, touched, warnings).run();
}

std::optional<ChangeFailure> run_forwards(Context& context, const ChangeOptions& options,
                                          ports::ServiceManager& manager, const ChangePlan& plan,
                                          std::set<std::string>& touched,
                                          std::vector<std::string>& warnings) {
  const ReplicaPlan& servers = plan.replicas;
  ReplicaStep step{servers.from ? &*servers.from : nullptr, servers.to ? &*servers.to : nullptr,
                   servers.rolls};
  if (options.restart == RestartMode::always) step.forced = units_of(servers.to);
  if (plan.service == ServiceAction::restart) step.forced.insert(plan.expected.unit_id);
  return as_failure(run_replicas(context, options, manager, step, touched, warnings));
}

}  // namespace ollama_gpu::app
