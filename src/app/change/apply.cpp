// SPDX-License-Identifier: MIT
#include "app/change/apply.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <new>

#include "app/change/change_errors.hpp"
#include "app/change/crash_recovery.hpp"
#include "app/change/endings.hpp"
#include "app/change/generation_write.hpp"
#include "app/change/put_back.hpp"
#include "app/change/replica_run.hpp"
#include "app/change/service_steps.hpp"
#include "app/interruption.hpp"
#include "ollama_gpu/app/out_of_memory.hpp"

namespace ollama_gpu::app {

namespace {

using ChangeOutcome = Outcome<ChangeReport>;

constexpr std::size_t kReserve = 4U << 20U;  // bytes

class ChangeRun {
 public:
  ChangeRun(Context& context, const ChangeOptions& options, const Observation& seen,
            ChangePlan& plan, ChangeReport report)
      : context_(context),
        options_(options),
        seen_(seen),
        plan_(plan),
        report_(std::move(report)) {}

  ChangeOutcome run() {
    try {
      if (auto failed = write()) return {std::move(report_), std::move(*failed)};
      auto failure = go_on();
      if (!failure) {
        set_result(context_, generation_, ports::GenerationResult::done);
        loads_models_ = preload(plan_.expected.snapshot);
        const bool required = gpu_proof(options_) == GpuProof::required;
        if (!loads_models_ && required) {
          const Error none = no_model_loads(plan_.use.models.size());
          failure = unhealthy(none.message, current_invocation());
        }
      }
      report_.restarted = has_restarted(plan_.replicas, progress_);
      if (failure) return end_badly(std::move(*failure));
      return finish();
    } catch (const std::bad_alloc&) {
      reserve_.reset();
    }
    try {
      return out_of_memory();
    } catch (const std::bad_alloc&) {
      throw LeftWritten();
    }
  }

 private:
  std::optional<Error> write() {
    if (plan_.files.empty()) return std::nullopt;
    auto written = write_files(context_, seen_, plan_);
    if (!written) return written.error();
    generation_ = *written;
    if (generation_.id != 0) report_.generation = generation_.id;
    progress_.written = true;
    progress_.made_directory = generation_.made_directory;
    return std::nullopt;
  }

  // With what the reserve gave back.
  ChangeOutcome out_of_memory() {
    Error error{Errc::failed, "out of memory", "see what is left: free --human; ulimit -v"};
    if (progress_.written || plan_.files.empty()) return end_badly({std::move(error)});
    if (auto restored = undo_pending(context_, seen_.unit_id); !restored) error = restored.error();
    return {std::move(report_), std::move(error)};
  }

  // Everything after the write.
  std::optional<ChangeFailure> go_on() {
    if (auto stopped = interrupted()) return stopped;
    if (seen_.manager == nullptr || !seen_.state) return std::nullopt;
    if (plan_.reload) {
      if (auto failure = reload()) return failure;
    }
    if (auto stopped = interrupted()) return stopped;
    if (plan_.replicas.acts) {
      if (auto failure = bring_servers()) return failure;
      if (plan_.replicas.to) return prove();
    }
    if (plan_.service != ServiceAction::none) {
      if (auto failure = restart()) return failure;
      if (options_.no_verify) return prove();
      if (auto failure = watch()) return failure;
    }
    return prove();
  }

  std::optional<ChangeFailure> interrupted() const {
    auto error = interruption(context_);
    if (!error) return std::nullopt;
    return ChangeFailure{std::move(*error)};
  }

  ChangeFailure unhealthy(std::string reason, std::string invocation) const {
    return {{Errc::unhealthy, fmt::format("{} is not healthy: {}", seen_.unit_id, reason), ""},
            false,
            "",
            std::move(invocation)};
  }

  std::optional<ChangeFailure> reload() {
    context_.messages.detail("reloading systemd");
    auto done = app::reload(context_, *seen_.manager, OnSignal::give_up);
    if (auto stopped = interrupted()) {
      progress_.reloaded = true;
      return stopped;
    }
    // Otherwise systemd may have read the new file all the same.
    progress_.reloaded = done || !is_refusal(done.error());
    if (!done) return ChangeFailure{done.error()};
    auto state = seen_.manager->unit(seen_.unit_id);
    if (!state) return ChangeFailure{state.error()};
    const std::string difference = manager_difference(*state, plan_.expected);
    if (!difference.empty()) return ChangeFailure{not_taken_over(seen_.unit_id, difference)};
    if (reads_as_planned(*state, plan_.expected)) return std::nullopt;
    report_.warnings.push_back(
        "systemd's Environment differs from what the files say, in settings that are not ours");
    context_.messages.warning(report_.warnings.back());
    return std::nullopt;
  }

  std::optional<ChangeFailure> restart() {
    const auto& gate = plan_.expected.drop_in.gate;
    const double limit =
        job_timeout(*seen_.state) + (gate ? static_cast<double>(gate->seconds + kGateMargin) : 0);
    const bool starts = plan_.service == ServiceAction::start;
    clear_failed(context_, *seen_.manager, seen_.unit_id);
    progress_.restarted = true;
    started_ = context_.clock.unix_seconds();
    const std::string what = (starts ? "starting " : "restarting ") + seen_.unit_id;
    context_.messages.detail(what);
    auto job = run_job(context_, *seen_.manager,
                       {starts ? Job::start : Job::restart, seen_.unit_id, what, limit});
    if (auto stopped = interrupted()) return stopped;
    if (!job && is_refusal(job.error())) {
      progress_.restarted = false;
      return ChangeFailure{job.error()};
    }
    if (!job) return unhealthy(job.error().message, current_invocation());
    if (job->result == "done") return std::nullopt;
    if (job->result == "canceled") return taken_over("its job was canceled");
    return unhealthy(fmt::format("systemd's job ended as {}", job->result), current_invocation());
  }

  std::optional<ChangeFailure> bring_servers() {
    progress_.restarted = true;
    started_ = context_.clock.unix_seconds();
    return run_forwards(context_, options_, *seen_.manager, plan_, progress_.touched,
                        report_.warnings);
  }

  std::string current_invocation() const {
    const auto state = seen_.manager->unit(seen_.unit_id);
    return state ? state->invocation_id : "";
  }

  ChangeFailure taken_over(const std::string& what) const {
    return {somebody_at_work(seen_.unit_id, what), true};
  }

  std::optional<ChangeFailure> watch() {
    const HealthQuestion question =
        health_question(seen_.unit_id, plan_.expected.snapshot, options_);
    const Health health = wait_until_healthy(context_, *seen_.manager, question);
    switch (health.verdict) {
      case Verdict::healthy:
        return std::nullopt;
      case Verdict::stopped_by_other:
        return taken_over(health.reason);
      case Verdict::interrupted:
        return interrupted();
      case Verdict::unhealthy:
        break;
    }
    return unhealthy(health.reason, health.invocation_id);
  }

  std::optional<ChangeFailure> prove() {
    plan_.expected.restart_expected = plan_.service != ServiceAction::none;
    // What was started just now was started after the reload.
    if (plan_.expected.restart_expected) plan_.expected.loaded_usec = 1;
    report_.evidence = gather_evidence(context_, options_, seen_.manager, plan_);
    if (auto stopped = interrupted()) return stopped;
    if (gpu_proof(options_) == GpuProof::optional) return std::nullopt;
    for (const Evidence& level : report_.evidence) {
      if (level.level != EvidenceLevel::devices || level.status == EvidenceStatus::ok) continue;
      if (level.status == EvidenceStatus::pending) continue;
      return unhealthy("--require-gpu: " + level.detail, current_invocation());
    }
    return std::nullopt;
  }

  bool preload(const UnitSnapshot& snapshot) {
    if (!options_.preload || !progress_.restarted || plan_.use.models.empty()) return true;
    loaded_again_ =
        load_again(context_, *seen_.manager, snapshot, seen_.unit_id, plan_.use, report_.warnings);
    return loaded_again_.value_or(1) > 0 || context_.clock.pending_signal() != 0;
  }

  ChangeOutcome finish() {
    report_.changed = true;
    if (seen_.manager == nullptr || !seen_.state) {
      report_.evidence = collect_written_evidence(context_, nullptr, plan_.expected);
      report_.summary = "written; in force from the next boot";
      return judge_evidence(std::move(report_), GpuProof::optional);
    }
    const bool pending = std::ranges::any_of(report_.evidence, [](const Evidence& level) {
      return level.level == EvidenceLevel::process && level.status == EvidenceStatus::pending;
    });
    const bool down = seen_.state->main_pid == 0 && plan_.service == ServiceAction::none;
    report_.applied = down || !pending;
    report_.summary = end_of_change({seen_.unit_id, plan_.service, down, pending, loaded_again_,
                                     plan_.use.models.size(),
                                     servers_touched(plan_.replicas, progress_.touched)});
    auto outcome =
        judge_evidence(std::move(report_), down ? GpuProof::optional : gpu_proof(options_));
    if (!loads_models_ && !options_.no_verify && !outcome.error) {
      outcome.error = no_model_loads(plan_.use.models.size());
    }
    return outcome;
  }

  ChangeOutcome end_badly(ChangeFailure failure) {
    if (failure.error.code == Errc::unhealthy) {
      report_.journal = last_words(context_, seen_, failure, started_);
      give_reason(failure.error, report_.journal);
    }
    if (failure.stays) {
      report_.summary = "written and loaded; the service was left alone";
      set_result(context_, generation_, ports::GenerationResult::done);
      report_.changed = true;
      return {std::move(report_), std::move(failure.error)};
    }
    const bool keep = options_.no_rollback || options_.no_verify;
    if (keep && failure.error.code == Errc::unhealthy)
      return leave(std::move(failure.error), failure.unit_or(seen_.unit_id));
    // What held then does not any more; what failed is why.
    std::erase_if(report_.evidence,
                  [](const Evidence& level) { return level.status != EvidenceStatus::failed; });
    const PutBack back = put_back(context_, options_, seen_, plan_, progress_);
    set_result(
        context_, generation_,
        back.complete ? ports::GenerationResult::rolled_back : ports::GenerationResult::failed);
    if (back.complete) preload(seen_.disk);
    report_.rolled_back = back.complete;
    report_.changed = !back.complete;
    report_.summary =
        back.complete ? "everything was put back as it was" : "not everything could be put back";
    return {std::move(report_),
            after_put_back(std::move(failure.error), back, seen_, failure.unit_or(seen_.unit_id))};
  }

  ChangeOutcome leave(Error error, const std::string& unit) {
    set_result(context_, generation_, ports::GenerationResult::failed);
    report_.summary = "the new settings are in place, but the service is not healthy";
    report_.changed = true;
    return {std::move(report_), left_in_place(std::move(error), unit, options_)};
  }

  Context& context_;
  const ChangeOptions& options_;
  const Observation& seen_;
  ChangePlan& plan_;
  ChangeReport report_;
  WrittenGeneration generation_ = {};
  Progress progress_ = {};
  std::int64_t started_ = 0;  // of the restart, seconds since the epoch
  std::optional<std::size_t> loaded_again_ = {};
  bool loads_models_ = true;  // those that --preload was to load again
  // Address space only, until memory runs out after the write: for putting everything back.
  std::unique_ptr<std::array<char, kReserve>> reserve_{new std::array<char, kReserve>};
};

}  // namespace

ChangeOutcome apply(Context& context, const ChangeOptions& options, const Observation& observation,
                    ChangePlan& plan, ChangeReport report) {
  return ChangeRun(context, options, observation, plan, std::move(report)).run();
}

}  // namespace ollama_gpu::app
