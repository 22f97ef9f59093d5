// SPDX-License-Identifier: MIT
#include "app/change/put_back.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <tuple>

#include "app/change/generation_write.hpp"
#include "app/change/replica_run.hpp"
#include "app/change/service_steps.hpp"
#include "ollama_gpu/core/contains.hpp"
#include "ollama_gpu/core/text/shell_word.hpp"

namespace ollama_gpu::app {

namespace {

constexpr double kDependantTimeout = 60;  // seconds, for the start of another unit
constexpr double kSettleAgain = 2;        // seconds: the former settings have been well before

class Undo {
 public:
  Undo(Context& context, const ChangeOptions& options, const Observation& observation,
       const ChangePlan& plan, const Progress& progress)
      : context_(context),
        options_(options),
        seen_(observation),
        plan_(plan),
        progress_(progress) {}

  PutBack run() {
    context_.messages.note("putting everything back");
    if (!restore_file() || seen_.manager == nullptr) return std::move(result_);
    if (progress_.reloaded && !reload()) return std::move(result_);
    if (plan_.replicas.acts && !restore_servers()) return std::move(result_);
    const bool several = plan_.replicas.acts && plan_.replicas.from;
    if (progress_.restarted && !several && !restore_service()) return std::move(result_);
    result_.complete = true;
    return std::move(result_);
  }

 private:
  bool stop_with(std::string problem, std::string hint) {
    result_.problem = std::move(problem);
    result_.hint = std::move(hint);
    return false;
  }

  bool restore_file() {
    if (!progress_.written) return done_without_manager();
    const auto left = restore_files(context_, plan_.files);
    if (!left.empty()) {
      std::string hint = "look at it: cat";
      for (const ports::ReplacedFile& file : plan_.files) hint += " " + file.path;
      return stop_with(fmt::format("{}", fmt::join(left, "; ")), std::move(hint));
    }
    remove_empty_directories(context_, plan_.files, &ports::ReplacedFile::former);
    if (progress_.made_directory) {
      auto removed = context_.files.remove_empty_directory(seen_.drop_in_directory);
      if (!removed) context_.messages.warning(removed.error().message);
    }
    return done_without_manager();
  }

  bool done_without_manager() {
    if (seen_.manager == nullptr) result_.complete = true;
    return true;
  }

  bool reload() {
    auto done = app::reload(context_, *seen_.manager, OnSignal::go_on);
    if (done || has_former_loaded()) return true;
    return stop_with(files_now() + ", but systemd did not reload: " + done.error().message,
                     fmt::format("sudo systemctl daemon-reload && sudo systemctl restart {}",
                                 shell_word(seen_.unit_id)));
  }

  // Those that share the GPUs; where there were none before, they make room for the unit.
  bool restore_servers() {
    std::set<std::string> again;
    std::vector<std::string> warnings;
    const auto failed =
        run_replicas(context_, options_, *seen_.manager,
                     backwards(*seen_.manager, plan_.replicas, progress_.touched), again, warnings);
    for (const std::string& warning : warnings) context_.messages.warning(warning);
    return !failed || not_running(failed->error.message, failed->unit);
  }

  bool restore_service() {
    const ports::UnitState& before = *seen_.state;
    clear_failed(context_, *seen_.manager, seen_.unit_id);
    const bool was_up = before.main_pid != 0 || is_failing(before);
    auto job =
        run_job(context_, *seen_.manager,
                {was_up ? Job::restart : Job::stop, seen_.unit_id,
                 "restarting with the former settings", job_timeout(before), OnSignal::go_on});
    if (!was_up && job && job->result == "done") return true;
    if (!job) return not_running(job.error().message);
    if (job->result != "done") return not_running("systemd's job ended as " + job->result);
    restart_dependants();
    if (is_failing(before)) return true;  // that was its former state
    return verify();
  }

  // A reload that fails for want of room in /run, say, has failed on the way there too.
  bool has_former_loaded() {
    const auto state = seen_.manager->unit(seen_.unit_id);
    if (!state) return false;
    const auto loaded = [](const ports::UnitState& unit) {
      return std::tie(unit.environment, unit.unset_environment, unit.drop_in_paths,
                      unit.exec_start_pre, unit.timeout_start_usec);
    };
    return loaded(*state) == loaded(*seen_.state);
  }

  // Where the files stand now, in words.
  std::string files_now() const {
    if (!progress_.written) return "its files are as they were";
    std::vector<std::string> parts;
    for (const ports::ReplacedFile& file : plan_.files) {
      parts.push_back(file.path + (file.former ? " is back as it was" : " is gone again"));
    }
    return fmt::format("{}", fmt::join(parts, ", "));
  }

  bool not_running(const std::string& reason, const std::string& which = {}) {
    const std::string unit = shell_word(which.empty() ? seen_.unit_id : which);
    return stop_with(
        fmt::format("{} and systemd has loaded that, but {} is not healthy with it: {}",
                    files_now(), seen_.unit_id, reason),
        fmt::format("see why: journalctl -u {0} -n 50; then: sudo systemctl restart {0}", unit));
  }

  void restart_dependants() {
    for (const std::string& unit : plan_.dependants) {
      auto state = seen_.manager->active_state(unit);
      if (!state || *state == "active" || *state == "activating") continue;
      auto job =
          run_job(context_, *seen_.manager,
                  {Job::start, unit, "starting " + unit, kDependantTimeout, OnSignal::go_on});
      if (!job || job->result != "done") {
        context_.messages.warning(fmt::format("{} was up before and did not start again", unit));
      }
    }
  }

  bool verify() {
    HealthQuestion question = health_question(seen_.unit_id, seen_.disk, options_);
    question.settle = std::min(options_.settle.value_or(kSettleAgain), kSettleAgain);
    question.interruptible = false;
    const Health health = wait_until_healthy(context_, *seen_.manager, question);
    if (health.verdict != Verdict::healthy) return not_running(health.reason);
    auto state = seen_.manager->unit(seen_.unit_id);
    if (!state) return not_running(state.error().message);
    Expectation former;
    former.unit_id = seen_.unit_id;
    if (seen_.former) former.drop_in = former_settings();
    former.no_longer_set = added_by_us();
    former.no_longer_unset = unset_by_us();
    former.snapshot = seen_.disk;
    expect_difference(former, plan_.expected.snapshot.effective);
    const auto environment = process_environment(context_, *state);
    if (!environment) return not_running(environment.error().message);
    if (missing_in(*environment, former).empty()) return true;
    return not_running("its process does not have the former environment");
  }

  // What the former drop-in had in force: what a later file beat, the process never had.
  DropIn former_settings() const {
    DropIn settings = seen_.current.drop_in;
    std::erase_if(settings.variables, [&](const DropInVariable& variable) {
      const auto effective = seen_.disk.effective.variables.find(variable.name);
      return effective == seen_.disk.effective.variables.end() ||
             effective->second.value != variable.value;
    });
    return settings;
  }

  // Variables that only the change brought.
  std::vector<std::string> added_by_us() const {
    std::vector<std::string> names;
    for (const DropInVariable& variable : plan_.expected.drop_in.variables) {
      if (seen_.current.drop_in.find(variable.name) == nullptr) names.push_back(variable.name);
    }
    return names;
  }

  // Variables that only the change took away.
  std::vector<std::string> unset_by_us() const {
    const auto& before = seen_.current.drop_in.unset;
    std::vector<std::string> names;
    for (const std::string& name : plan_.expected.drop_in.unset) {
      if (!contains(before, name)) names.push_back(name);
    }
    return names;
  }

  Context& context_;
  const ChangeOptions& options_;
  const Observation& seen_;
  const ChangePlan& plan_;
  const Progress& progress_;
  PutBack result_ = {};
};

}  // namespace

PutBack put_back(Context& context, const ChangeOptions& options, const Observation& observation,
                 const ChangePlan& plan, const Progress& progress) {
  return Undo(context, options, observation, plan, progress).run();
}

}  // namespace ollama_gpu::app
