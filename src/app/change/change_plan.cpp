// SPDX-License-Identifier: MIT
#include "app/change/change_plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <variant>

#include "app/change/plan_steps.hpp"
#include "app/change/planned_files.hpp"
#include "app/change/replica_plan.hpp"
#include "app/change/restart_checks.hpp"
#include "app/change/setting_notes.hpp"
#include "app/history.hpp"
#include "app/proof/elsewhere.hpp"
#include "app/proof/health.hpp"
#include "ollama_gpu/core/drop_in/conflicts.hpp"
#include "ollama_gpu/core/drop_in/read_only_system.hpp"
#include "ollama_gpu/core/systemd/exec_start.hpp"
#include "ollama_gpu/core/text/secrets.hpp"

namespace ollama_gpu::app {

namespace {

class Planner {
 public:
  Planner(Context& context, const ChangeOptions& options, const Observation& seen,
          const Target& target)
      : context_(context), options_(options), seen_(seen), target_(target) {}

  Result<ChangePlan> run() {
    plan_.for_good = target_.for_good;
    if (auto decided = plan_files(context_, options_, seen_, target_, settings(), plan_); !decided)
      return Failure(decided.error());
    if (auto simulated = check_outcome(); !simulated) return Failure(simulated.error());
    if (auto planned = plan_replicas(context_, seen_, plan_); !planned) {
      return Failure(planned.error());
    }
    if (seen_.state) {
      decide_reload();
      if (auto decided = decide_restart(); !decided) return Failure(decided.error());
      if (auto decided = decide_replicas(context_, options_, seen_, plan_); !decided) {
        return Failure(decided.error());
      }
    }
    plan_.warnings.insert(plan_.warnings.end(), target_.warnings.begin(), target_.warnings.end());
    add_warnings();
    if (plan_.changes()) {
      plan_.steps = plan_steps(seen_, target_, plan_, restart_reason_, reload_reason_);
      for (PlanStep& step : replica_steps(context_, seen_, plan_)) {
        plan_.steps.push_back(std::move(step));
      }
      if (restarts()) add_use();
      if (auto noted = add_notes(context_, seen_, target_, plan_); !noted) {
        return Failure(noted.error());
      }
    }
    return std::move(plan_);
  }

 private:
  bool restarts() const { return plan_.service == ServiceAction::restart; }

  // What our drop-in is going to say.
  DropIn settings() const {
    return std::visit([this](const auto& ours) { return settings_of(ours); }, target_.ours);
  }

  DropIn settings_of(const Keep&) const { return seen_.former ? seen_.current.drop_in : DropIn{}; }
  DropIn settings_of(const Remove&) const { return {}; }
  DropIn settings_of(const Exact& exact) const { return exact.drop_in; }
  DropIn settings_of(const DropIn& drop_in) const { return drop_in; }

  // What the unit sets would be that of the program that starts the container.
  Result<void> check_container() const {
    const std::string program = container_program(seen_.disk);
    if (program.empty() || !plan_.write || !std::holds_alternative<DropIn>(target_.ours)) return {};
    return Failure(Error{
        Errc::conflict,
        fmt::format("{} starts a container with {}: what its unit sets does not reach the Ollama "
                    "inside",
                    seen_.unit_id, program),
        "give it to the container: -e NAME=VALUE, `environment:` in a compose file, Environment= "
        "in "
        "a .container file; and the GPUs with --gpus or AddDevice=",
        exec_start_of(seen_.disk).front().place});
  }

  Result<void> check_outcome() {
    if (auto reached = check_container(); !reached) return reached;
    Expectation& expected = plan_.expected;
    expected.unit_id = seen_.unit_id;
    expected.drop_in_path = seen_.drop_in_path;
    expected.drop_in = settings();
    expected.manager_problem = seen_.manager_problem;
    if (plan_.ours) expected.bytes = plan_.ours->bytes;
    auto after = simulate(seen_, expected.bytes, plan_.files);
    if (!after) return Failure(after.error());
    if (seen_.files->trouble()) return Failure(*seen_.files->trouble());
    expected.snapshot = std::move(*after);
    expected.no_longer_set = names_no_longer_set(seen_, expected.drop_in);
    expected.no_longer_unset = names_no_longer_unset(seen_, expected.drop_in);
    if (!target_.foreign.empty()) expect_difference(expected, seen_.disk.effective);
    if (plan_.write && !plan_.ours) return {};  // taking ours away is always possible
    const auto conflict = find_conflict(expected.snapshot, expected.drop_in, seen_.drop_in_path);
    if (!conflict) return {};
    if (!is_old(*conflict)) return Failure(*conflict);
    std::erase_if(expected.drop_in.variables, [&](const DropInVariable& variable) {
      return !is_in_force(expected.snapshot, variable);
    });
    return {};
  }

  // A repair of other files does not wait for what kept ours out of force before it: that stays a
  // finding of its own.
  bool is_old(const Error& conflict) const {
    if (target_.foreign.empty() || find_unit_fault(plan_.expected.snapshot, seen_.unit_id)) {
      return false;
    }
    const auto before = find_conflict(seen_.disk, seen_.current.drop_in, seen_.drop_in_path);
    return before && before->message == conflict.message;
  }

  static bool is_in_force(const UnitSnapshot& snapshot, const DropInVariable& variable) {
    const auto found = snapshot.effective.variables.find(variable.name);
    return found != snapshot.effective.variables.end() && found->second.value == variable.value;
  }

  void decide_reload() {
    if (!plan_.files.empty()) {
      plan_.reload = true;
      reload_reason_ = !plan_.write ? "so that systemd reads what was changed"
                       : plan_.ours ? "so that systemd reads the new drop-in"
                                    : "so that systemd forgets the drop-in";
      return;
    }
    const Evidence loaded = manager_evidence(*seen_.state, plan_.expected);
    plan_.reload = loaded.status != EvidenceStatus::ok;
    reload_reason_ = loaded.detail;
  }

  Result<void> decide_restart() {
    const ports::UnitState& state = *seen_.state;
    if (options_.restart == RestartMode::never) return {};
    const bool up = state.main_pid != 0;
    if (!up && state.job_id != 0) return {};  // it starts by itself, with the new settings
    if (options_.restart == RestartMode::always) {
      plan_.service = up || is_failing(state) ? ServiceAction::restart : ServiceAction::start;
      restart_reason_ = "--restart always";
    } else if (up) {
      if (process_lacks_settings(state)) plan_.service = ServiceAction::restart;
    } else if (state.sub_state.starts_with("auto-restart") && plan_.reload) {
      plan_.service = ServiceAction::restart;
      restart_reason_ = "it keeps crashing; a restart tries it with the new settings";
    }
    if (plan_.service == ServiceAction::none) return {};
    if (restarts()) plan_.use = look_at_use(context_, seen_);
    plan_.dependants = active_dependants(seen_);
    return check_restart(context_, seen_, plan_);
  }

  bool process_lacks_settings(const ports::UnitState& state) {
    const auto environment = process_environment(context_, state);
    if (!environment) {
      restart_reason_ = "as far as can be seen without the environment of its process: " +
                        environment.error().message;
      if (plan_.files.empty()) {
        plan_.warnings.push_back(
            "whether the running process has the settings could not be seen: " +
            environment.error().message);
      }
      return !plan_.files.empty();
    }
    const auto missing = missing_in(*environment, plan_.expected);
    plan_.expected.loaded_usec = loaded_usec(seen_);
    if (!missing.empty() && plan_.files.empty() && !plan_.reload &&
        is_up_to_date(context_, state, plan_.expected)) {
      plan_.elsewhere = set_elsewhere(context_, plan_.expected.snapshot, missing);
      return false;
    }
    restart_reason_ =
        fmt::format("process {} has other values of: {}", state.main_pid, fmt::join(missing, ", "));
    return !missing.empty();
  }

  // Once: a secret that is there already was warned of when it came.
  void warn_of_secrets() {
    for (const DropInVariable& variable : plan_.expected.drop_in.variables) {
      const DropInVariable* before = seen_.current.drop_in.find(variable.name);
      if (before != nullptr && before->value == variable.value) continue;
      if (!gives_secret_away(variable.name, variable.value)) continue;
      plan_.warnings.push_back(fmt::format(
          "{} looks like a secret: systemd shows Environment= to every user, and every user can "
          "read the drop-in. An EnvironmentFile= that only root can read keeps it from them",
          variable.name));
    }
  }

  // What the restart means to those who use the service, and what we do for them.
  void add_use() {
    for (PlanStep& step : use_steps(plan_.use, seen_.unit_id, options_.preload)) {
      plan_.steps.push_back(std::move(step));
    }
    if (plan_.replicas.rolls || !options_.when_idle || seen_.state->main_pid == 0) return;
    const std::string how_long = fmt::format("at most {:.0f} s", *options_.when_idle);
    plan_.steps.insert(plan_.steps.begin(),
                       {PlanAction::wait, seen_.unit_id,
                        "before anything is written, until it seems idle: " + how_long});
  }

  void add_warnings() {
    if (plan_.write) warn_of_secrets();
    if (seen_.state && seen_.state->active_state == "failed" &&
        plan_.service == ServiceAction::none) {
      plan_.warnings.push_back(
          fmt::format("{} has failed and is not running; the settings are in force when it is "
                      "started (systemctl start, or --restart always)",
                      seen_.unit_id));
    }
    if (!seen_.manager_problem.empty()) {
      plan_.warnings.push_back("systemd could not be asked: " + seen_.manager_problem);
    }
    if (!seen_.assumed.empty()) plan_.warnings.push_back(seen_.assumed);
  }

  Context& context_;
  const ChangeOptions& options_;
  const Observation& seen_;
  const Target& target_;
  ChangePlan plan_ = {};
  std::string restart_reason_ = {};
  std::string reload_reason_ = {};
};

}  // namespace

Result<ChangePlan> make_plan(Context& context, const ChangeOptions& options,
                             const Observation& observation, const Target& target) {
  return Planner(context, options, observation, target).run();
}

}  // namespace ollama_gpu::app
