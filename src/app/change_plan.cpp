// SPDX-License-Identifier: MIT
#include "ollama_gpu/app/change_plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "ollama_gpu/app/health.hpp"
#include "ollama_gpu/core/conflicts.hpp"
#include "ollama_gpu/core/exec_start.hpp"
#include "ollama_gpu/core/secrets.hpp"
#include "plan_steps.hpp"

namespace ollama_gpu::app {

namespace {

constexpr unsigned kDropInMode = 0644;

class Planner {
 public:
  Planner(Context& context, const ChangeOptions& options, const Observation& seen,
          const Target& target)
      : context_(context), options_(options), seen_(seen), target_(target) {}

  Result<ChangePlan> run() {
    decide_file();
    if (auto decided = decide_foreign(); !decided) return Failure(decided.error());
    if (auto writable = check_writable(); !writable) return Failure(writable.error());
    if (auto simulated = check_outcome(); !simulated) return Failure(simulated.error());
    if (seen_.state) {
      decide_reload();
      if (auto decided = decide_restart(); !decided) return Failure(decided.error());
    }
    plan_.warnings.insert(plan_.warnings.end(), target_.warnings.begin(), target_.warnings.end());
    add_warnings();
    if (plan_.changes()) {
      plan_.steps = plan_steps(seen_, target_, plan_, restart_reason_, reload_reason_);
    }
    return std::move(plan_);
  }

 private:
  void decide_file() {
    const auto& former = seen_.former;
    if (target_.leave_ours) {
      plan_.wanted = former;
    } else if (target_.exact) {
      plan_.write = former != target_.exact;
      plan_.wanted = target_.exact;
    } else if (target_.drop_in.empty()) {
      plan_.write = former.has_value();
    } else if (former && seen_.current.drop_in == target_.drop_in && !seen_.current.damaged &&
               former->mode == kDropInMode) {
      plan_.wanted = former;
    } else {
      plan_.write = true;
      plan_.wanted = ports::FileContent{render_drop_in(target_.drop_in, seen_.unit_id), kDropInMode,
                                        context_.host.user_id(), context_.host.group_id()};
    }
    if (plan_.write) plan_.files.push_back({seen_.drop_in_path, former, plan_.wanted});
  }

  // Only the bytes of somebody else's file are ours to change.
  Result<void> decide_foreign() {
    for (const ForeignEdit& edit : target_.foreign) {
      auto found = context_.files.load(edit.path);
      if (!found) return Failure(found.error());
      if (!*found || (*found)->bytes != edit.former) {
        return fail(Errc::busy,
                    fmt::format("cannot change {}: someone else changed it just now", edit.path),
                    "look at the file, then run the command again");
      }
      if (edit.wanted == edit.former) continue;
      auto wanted = *found;
      wanted->bytes = edit.wanted;
      plan_.files.push_back({edit.path, std::move(*found), std::move(wanted)});
    }
    return {};
  }

  Result<void> check_writable() const {
    if (options_.dry_run || options_.check) return {};
    for (const ports::ReplacedFile& file : plan_.files) {
      auto writable = context_.files.check_writable(file.path.substr(0, file.path.rfind('/')));
      if (!writable) return writable;
    }
    return {};
  }

  // What our drop-in is going to say.
  DropIn settings() const {
    if (!target_.leave_ours) return target_.drop_in;
    return seen_.former ? seen_.current.drop_in : DropIn{};
  }

  Result<void> check_outcome() {
    Claim& claim = plan_.claim;
    claim.unit_id = seen_.unit_id;
    claim.drop_in_path = seen_.drop_in_path;
    claim.drop_in = settings();
    claim.manager_problem = seen_.manager_problem;
    if (plan_.wanted) claim.bytes = plan_.wanted->bytes;
    auto after = simulate(seen_, claim.bytes, plan_.files);
    if (!after) return Failure(after.error());
    if (seen_.files->trouble()) return Failure(*seen_.files->trouble());
    claim.snapshot = std::move(*after);
    claim.withdrawn = withdrawn_names(seen_, claim.drop_in);
    claim.given_back = given_back_names(seen_, claim.drop_in);
    if (!target_.foreign.empty()) claim_difference(claim, seen_.disk.effective);
    if (plan_.write && !plan_.wanted) return {};  // taking ours away is always possible
    if (auto conflict = find_conflict(claim.snapshot, claim.drop_in, seen_.drop_in_path)) {
      return Failure(*conflict);
    }
    return {};
  }

  void decide_reload() {
    if (!plan_.files.empty()) {
      plan_.reload = true;
      reload_reason_ = !plan_.write   ? "so that systemd reads what was changed"
                       : plan_.wanted ? "so that systemd reads the new drop-in"
                                      : "so that systemd forgets the drop-in";
      return;
    }
    const Evidence loaded = manager_evidence(*seen_.state, plan_.claim);
    plan_.reload = loaded.status != EvidenceStatus::ok;
    reload_reason_ = loaded.detail;
  }

  Result<void> decide_restart() {
    const ports::UnitState& state = *seen_.state;
    if (options_.restart == RestartMode::never) return {};
    const bool up = state.main_pid != 0;
    if (!up && state.job_id != 0) return {};  // it starts by itself, with the new settings
    if (options_.restart == RestartMode::always) {
      (up || is_failing(state) ? plan_.restart : plan_.start) = true;
      restart_reason_ = "--restart always";
    } else if (up) {
      plan_.restart = process_lacks_settings(state);
    } else if (state.sub_state.starts_with("auto-restart") && plan_.reload) {
      plan_.restart = true;
      restart_reason_ = "it keeps crashing; a restart tries it with the new settings";
    }
    if (!plan_.restart && !plan_.start) return {};
    plan_.dependants = active_dependants();
    if (auto allowed = check_restartable(state); !allowed) return allowed;
    if (auto found = check_programs(); !found) return found;
    if (auto found = check_environment_files(); !found) return found;
    return check_address(state);
  }

  bool process_lacks_settings(const ports::UnitState& state) {
    const auto environment = process_environment(context_, state);
    if (!environment) {
      restart_reason_ =
          "the environment of its process cannot be read: " + environment.error().message;
      if (plan_.files.empty()) {
        plan_.warnings.push_back(
            "whether the running process has the settings could not be seen: " +
            environment.error().message);
      }
      return !plan_.files.empty();
    }
    const auto missing = missing_in(*environment, plan_.claim);
    restart_reason_ =
        fmt::format("process {} has other values of: {}", state.main_pid, fmt::join(missing, ", "));
    return !missing.empty();
  }

  std::vector<std::string> active_dependants() const {
    std::vector<std::string> active;
    for (const auto* list :
         {&seen_.state->required_by, &seen_.state->bound_by, &seen_.state->consists_of}) {
      for (const std::string& unit : *list) {
        if (std::find(active.begin(), active.end(), unit) != active.end()) continue;
        const auto state = seen_.manager->active_state(unit);
        if (state && *state == "active") active.push_back(unit);
      }
    }
    return active;
  }

  Result<void> check_restartable(const ports::UnitState& state) const {
    const bool refuses = (plan_.restart && !state.can_stop) || !state.can_start;
    if (!refuses) return {};
    return fail(Errc::conflict,
                fmt::format("{} refuses to be restarted by hand (RefuseManualStart= or "
                            "RefuseManualStop=)",
                            seen_.unit_id),
                "use --restart never: the settings are in force from its next start");
  }

  // A program that is gone: the running service would not come back from the restart.
  Result<void> check_programs() const {
    if (has_own_root(plan_.claim.snapshot)) return {};
    for (const ExecCommand& command : exec_start_of(plan_.claim.snapshot)) {
      if (!command.program.starts_with('/')) continue;
      if (command.program.find('%') != std::string::npos) continue;
      const auto found = context_.files.resolve(command.program);
      if (found || found.error().code != Errc::not_found) continue;
      return Failure(
          Error{Errc::conflict,
                fmt::format("{} could not start: there is no {}", seen_.unit_id, command.program),
                "install it, or mend ExecStart=", command.place, 0});
    }
    return {};
  }

  // Without one that is not optional (no leading '-') systemd does not start the service.
  Result<void> check_environment_files() const {
    const UnitSnapshot& snapshot = plan_.claim.snapshot;
    for (const EnvironmentFileReference& file : snapshot.environment.environment_files) {
      if (file.optional || file.path.find_first_of("*?[%") != std::string::npos) continue;
      const auto found = context_.files.resolve(file.path);
      if (found || found.error().code != Errc::not_found) continue;
      return Failure(
          Error{Errc::conflict,
                fmt::format("{} could not start: there is no {}", seen_.unit_id, file.path),
                "make the file, or write EnvironmentFile=-PATH where it is optional",
                locate(snapshot, file.source), 0});
    }
    return {};
  }

  // Someone else on Ollama's address: the restart could only fail, or prove nothing.
  Result<void> check_address(const ports::UnitState& state) const {
    const Endpoint endpoint = endpoint_of(plan_.claim.snapshot.effective);
    const auto listeners = context_.processes.listeners(endpoint);
    if (!listeners || listeners->empty()) return {};
    for (const ports::Listener& listener : *listeners) {
      if (is_inside(listener.cgroup, state.control_group)) return {};
      if (listener.pid == 0 && !context_.host.is_root()) return {};
    }
    const ports::Listener& other = listeners->front();
    return fail(Errc::conflict,
                fmt::format("{} is taken: {} (pid {}) listens there", endpoint.text(),
                            other.command.empty() ? "another process" : other.command, other.pid),
                "stop it, or choose another address with --listen");
  }

  // Once: a secret that is there already was warned of when it came.
  void warn_of_secrets() {
    for (const DropInVariable& variable : plan_.claim.drop_in.variables) {
      const DropInVariable* before = seen_.current.drop_in.find(variable.name);
      if (before != nullptr && before->value == variable.value) continue;
      if (!gives_secret_away(variable.name, variable.value)) continue;
      plan_.warnings.push_back(fmt::format(
          "{} looks like a secret: systemd shows Environment= to every user, and every user can "
          "read the drop-in. An EnvironmentFile= that only root can read keeps it from them",
          variable.name));
    }
  }

  void add_warnings() {
    if (plan_.write) warn_of_secrets();
    const std::string program = container_program(seen_.disk);
    if (!program.empty()) {
      plan_.warnings.push_back(fmt::format(
          "{} starts a container with {}: its Environment= does not reach the Ollama inside",
          seen_.unit_id, program));
    }
    if (seen_.state && seen_.state->active_state == "failed" && !plan_.start && !plan_.restart) {
      plan_.warnings.push_back(
          fmt::format("{} has failed and is not running; the settings are in force when it is "
                      "started (systemctl start, or --restart always)",
                      seen_.unit_id));
    }
    if (!seen_.manager_problem.empty()) {
      plan_.warnings.push_back("systemd could not be asked: " + seen_.manager_problem);
    }
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
