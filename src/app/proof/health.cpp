// SPDX-License-Identifier: MIT
#include "app/proof/health.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/running.hpp"
#include "ollama_gpu/core/systemd/start_fault.hpp"

namespace ollama_gpu::app {

namespace {

using Seconds = ports::Clock::Seconds;

constexpr double kFirstPause = 0.01;  // seconds; it grows up to kLongestPause
constexpr double kLongestPause = 0.2;
constexpr double kPauseGrowth = 1.5;
constexpr double kLeastPause = 0.001;
constexpr double kBlindSettle = 3.0;        // seconds, where its address is none for us
constexpr double kAskEvery = 1.0;           // seconds, once it has answered
constexpr double kAnswerTimeAtStart = 2.0;  // seconds for one answer

class Watch {
 public:
  Watch(Context& context, ports::ServiceManager& manager, const HealthQuestion& question)
      : context_(context), manager_(manager), question_(question), start_(now()) {}

  Health run() {
    while (true) {
      if (question_.interruptible && context_.clock.pending_signal() != 0) {
        return verdict(Verdict::interrupted, "interrupted");
      }
      auto state = manager_.unit(question_.unit_id);
      if (!state) return verdict(Verdict::unhealthy, state.error().message);
      if (auto ended = judge(*state)) return *ended;
      const bool good = answers(*state);
      if (good && !good_since_) good_since_ = now();
      if (!good && !good_since_ && now() - start_ > question_.timeout) return out_of_time();
      if (!good && good_since_) return verdict(Verdict::unhealthy, "it stopped answering");
      const double settle = blind_ ? std::max(question_.settle, kBlindSettle) : question_.settle;
      if (good && now() - *good_since_ >= settle) {
        return verdict(Verdict::healthy, "");
      }
      pause();
    }
  }

 private:
  double now() const { return context_.clock.now().count(); }

  Health verdict(Verdict verdict, std::string reason) {
    context_.messages.done_waiting();
    return {verdict, std::move(reason), invocation_};
  }

  Health out_of_time() {
    const std::string what =
        question_.askable
            ? fmt::format("Ollama did not answer at {} within {:g} s{}",
                          question_.endpoint.connectable().text(), question_.timeout, last_problem_)
            : fmt::format("it was not up within {:g} s", question_.timeout);
    return verdict(Verdict::unhealthy, what);
  }

  // A crash or somebody else's work ends the wait at once.
  std::optional<Health> judge(const ports::UnitState& state) {
    if (!has_baseline_) take_baseline(state);
    if (is_failing(state) || is_dying(state) || state.n_restarts > n_restarts_) {
      return verdict(Verdict::unhealthy, describe_crash(state));
    }
    if (state.active_state == "inactive" || state.active_state == "deactivating") {
      if (!is_restarting(state) && !state.condition_result) {
        return verdict(Verdict::unhealthy, "systemd skipped its start: a Condition…= is not met");
      }
      if (!is_restarting(state)) {
        return verdict(Verdict::stopped_by_other, "someone else stopped it");
      }
      good_since_.reset();
      return std::nullopt;
    }
    if (state.active_state == "active" && state.main_pid == 0) {
      // The unit's state was read just before its process ended, the process's just after.
      return verdict(Verdict::unhealthy, state.exec_main_code != 0 ? describe_crash(state)
                                                                   : "its main process has gone");
    }
    if (state.invocation_id != invocation_) {  // someone else's restart: watch that one
      take_baseline(state);
      good_since_.reset();
      start_ = now();
    }
    return std::nullopt;
  }

  void take_baseline(const ports::UnitState& state) {
    has_baseline_ = true;
    invocation_ = state.invocation_id;
    n_restarts_ = state.n_restarts;
  }

  // What is left of a service that failed is being ended.
  static bool is_dying(const ports::UnitState& state) {
    return state.active_state == "deactivating" && !state.result.empty() &&
           state.result != "success";
  }

  // Down, but only for someone else's restart.
  static bool is_restarting(const ports::UnitState& state) {
    return state.job_id != 0 && (state.job_type == "restart" || state.job_type == "start");
  }

  static std::string describe_crash(const ports::UnitState& state) {
    constexpr int kExited = 1;  // CLD_EXITED
    if (state.result == "start-limit-hit") return "it started too often (start-limit-hit)";
    if (state.exec_main_code == kExited) {
      const std::string_view meaning = meaning_of_exit(state.exec_main_status);
      if (!meaning.empty()) return std::string(meaning);
      return fmt::format("its process exited with status {}", state.exec_main_status);
    }
    if (state.exec_main_code != 0) {
      return fmt::format("its process was ended by signal {}", state.exec_main_status);
    }
    if (state.main_pid != 0) return "its process ended, and systemd restarted it";
    return fmt::format("it failed ({})", state.result.empty() ? state.sub_state : state.result);
  }

  bool answers(const ports::UnitState& state) {
    if (state.active_state != "active") return false;
    if (!question_.askable) return true;
    const auto own = own_ollama(context_, question_.endpoint, state);
    // We cannot read its address, which says nothing of Ollama: it is watched a while instead.
    const bool was_blind = std::exchange(blind_, !own && own.error().code == Errc::failed);
    if (blind_) return true;
    if (was_blind) good_since_.reset();  // now that it is seen, it has to answer first
    if (!own) {
      last_problem_ = ": " + own.error().message;
      return false;
    }
    // Once it has answered, its socket and its process are watched; it is asked again at the end.
    const bool last = good_since_ && now() - *good_since_ >= question_.settle;
    if (good_since_ && !last && now() - asked_ < kAskEvery) return true;
    asked_ = now();
    auto version = context_.ollama.version(*own, Seconds(kAnswerTimeAtStart));
    if (!version) last_problem_ = ": " + version.error().message;
    return version.has_value();
  }

  void pause() {
    const double elapsed = now() - start_;
    if (good_since_) {
      context_.messages.waiting(fmt::format("{} answers; watching it", question_.unit_id),
                                now() - *good_since_, question_.settle);
    } else {
      context_.messages.waiting(fmt::format("waiting for {} to answer", question_.unit_id), elapsed,
                                question_.timeout);
    }
    double pause = pause_;
    if (good_since_)
      pause = std::min(pause, question_.settle - (now() - *good_since_) + kLeastPause);
    context_.clock.sleep(Seconds(std::max(pause, kLeastPause)));
    pause_ = std::min(pause_ * kPauseGrowth, kLongestPause);
  }

  Context& context_;
  ports::ServiceManager& manager_;
  const HealthQuestion& question_;
  double start_;
  double pause_ = kFirstPause;
  double asked_ = 0;
  bool blind_ = false;
  bool has_baseline_ = false;
  std::string invocation_ = {};
  std::uint32_t n_restarts_ = 0;
  std::optional<double> good_since_ = {};
  std::string last_problem_ = {};
};

}  // namespace

bool is_failing(const ports::UnitState& state) {
  return state.active_state == "failed" || state.sub_state.starts_with("auto-restart");
}

Health wait_until_healthy(Context& context, ports::ServiceManager& manager,
                          const HealthQuestion& question) {
  return Watch(context, manager, question).run();
}

}  // namespace ollama_gpu::app
