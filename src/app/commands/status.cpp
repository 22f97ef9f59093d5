// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "app/commands/drift_warning.hpp"
#include "app/commands/entry_report.hpp"
#include "app/commands/gpu_reports.hpp"
#include "app/history.hpp"
#include "app/proof/replica_evidence.hpp"
#include "app/proof/standing_evidence.hpp"
#include "ollama_gpu/app/commands.hpp"
#include "ollama_gpu/app/commands/status_page.hpp"
#include "ollama_gpu/core/drop_in/conflicts.hpp"
#include "ollama_gpu/core/drop_in/first_advice.hpp"
#include "ollama_gpu/core/drop_in/gate.hpp"
#include "ollama_gpu/core/ollama/settings.hpp"
#include "ollama_gpu/core/text/shell_word.hpp"

namespace ollama_gpu::app {

namespace {

using Seconds = ports::Clock::Seconds;

UnitReport describe_unit(const Context& context, const Observation& seen) {
  UnitReport unit;
  unit.id = seen.unit_id;
  unit.load_state = name_of(seen.disk.on_disk.load_state);
  unit.fragment = seen.disk.on_disk.fragment;
  unit.drop_ins = seen.disk.on_disk.drop_ins;
  unit.address = endpoint_of(seen.disk.effective).text();
  unit.gate = find_gate(seen.disk, seen.default_start_timeout);
  if (!seen.state) return unit;
  const ports::UnitState& state = *seen.state;
  unit.load_state = state.load_state;
  unit.active_state = state.active_state;
  unit.sub_state = state.sub_state;
  unit.main_pid = state.main_pid;
  unit.n_restarts = state.n_restarts;
  unit.need_daemon_reload = state.need_daemon_reload;
  if (state.main_pid != 0 && state.active_enter_usec != 0) {
    const auto since = static_cast<std::int64_t>(state.active_enter_usec / 1000000);
    unit.uptime = std::max<std::int64_t>(0, context.clock.unix_seconds() - since);
  }
  return unit;
}

std::vector<SettingInForce> settings_in_force(Context& context, const Observation& seen) {
  std::optional<std::map<std::string, std::string>> running;
  if (seen.state && seen.state->main_pid != 0) {
    auto read = process_environment(context, *seen.state);
    if (read) running = std::move(*read);
  }
  std::vector<SettingInForce> settings;
  for (const auto& [name, variable] : seen.disk.effective.variables) {
    const bool ours = variable.source.file == seen.drop_in_path;
    if (!ours && find_setting(name) == nullptr) continue;
    SettingInForce setting{name, variable.value, variable.source, ours, std::nullopt};
    if (running) {
      const auto value = running->find(name);
      setting.in_process = value != running->end() && value->second == variable.value;
    }
    settings.push_back(std::move(setting));
  }
  return settings;
}

// An image's GPUs are those of the machine that it is for.
Inventory gpus_of(const Context& context) {
  if (context.options.root.empty()) return context.gpus.list();
  Inventory none;
  none.problem = "--root: which GPUs that system will have is not known here";
  return none;
}

// Of all servers; nothing where none could be asked.
std::optional<std::vector<ModelReport>> models_of(const EntryReport& entry) {
  std::optional<std::vector<ModelReport>> all;
  for (const ServerInReport& server : entry.servers) {
    if (!server.models) continue;
    if (!all) all.emplace();
    for (const ModelReport& model : *server.models) {
      all->push_back(model);
      all->back().unit = server.unit;
    }
  }
  return all;
}

bool has_same_files(const ports::UnitState& now, const ports::UnitState& before) {
  return now.need_daemon_reload == before.need_daemon_reload &&
         now.drop_in_paths == before.drop_in_paths && now.fragment_path == before.fragment_path &&
         now.environment == before.environment;
}

Outcome<StatusReport> page_of(Context& context, const StatusOptions& options,
                              const Result<Observation>& seen) {
  StatusReport report;
  report.unit.id = context.options.unit;
  report.brief = options.brief;
  if (!seen) return {std::move(report), seen.error()};
  report.unit = describe_unit(context, *seen);
  report.settings = settings_in_force(context, *seen);
  const Inventory inventory = gpus_of(context);
  report.gpus = gpu_reports(context, inventory, &*seen);
  report.gpu_problem = inventory.problem;
  if (!seen->manager_problem.empty()) report.warnings.push_back(seen->manager_problem);
  std::ranges::move(not_seen_by(*seen), std::back_inserter(report.warnings));
  auto fault = find_unit_fault(seen->disk, seen->unit_id);
  if (fault) return {std::move(report), std::move(fault)};
  if (seen->state && seen->state->main_pid != 0) {
    const auto own = own_ollama(context, seen->disk, *seen->state);
    const Seconds timeout(options.answer_time);
    if (const auto version = own ? context.ollama.version(*own, timeout) : Failure(own.error())) {
      report.unit.version = *version;
      report.models = loaded_models(context, *own, timeout);
    }
  }
  report.entry = entry_report(context, *seen, Seconds(options.answer_time));
  if (report.entry) report.models = models_of(*report.entry);
  if (const auto pending = interrupted_change(*seen)) report.warnings.push_back(*pending);
  warn_of_drift(context, *seen, inventory, report.warnings);
  const bool is_up = seen->state && seen->state->main_pid != 0 && !report.unit.has_just_failed();
  if (!seen->former && is_up && seen->disk.environment.dropped.empty()) {
    const auto usable = std::ranges::count_if(
        report.gpus, [](const GpuInReport& entry) { return entry.visible_to_ollama == true; });
    report.advice = first_advice(seen->disk.effective, static_cast<std::size_t>(usable));
    if (!report.advice.empty()) report.next = first_command(seen->disk.effective, seen->unit_id);
  }
  if (options.evidence) {
    report.evidence = standing_evidence(context, *seen);
    std::ranges::move(standing_replica_evidence(context, *seen),
                      std::back_inserter(report.evidence));
  }
  return {std::move(report), std::nullopt};
}

std::optional<Error> what_is_wrong(const StatusReport& report) {
  const UnitReport& unit = report.unit;
  if (unit.active_state.empty()) return std::nullopt;  // no systemd to ask, as in an image
  if (unit.main_pid == 0) {
    return Error{Errc::not_verified, fmt::format("{} is not running", unit.id),
                 fmt::format("see why: systemctl status {}", shell_word(unit.id))};
  }
  for (const Evidence& level : report.evidence) {
    if (level.status == EvidenceStatus::ok || level.status == EvidenceStatus::skipped) continue;
    return Error{Errc::not_verified,
                 fmt::format("{} does not hold: {}", name_of(level.level), level.detail),
                 "look again with: ollama-gpu verify"};
  }
  return std::nullopt;
}

}  // namespace

Outcome<StatusReport> status(Context& context, const StatusOptions& options) {
  auto page = page_of(context, options, observe(context));
  if (options.exit_code && !page.error) page.error = what_is_wrong(page.report);
  return page;
}

Outcome<StatusReport> StatusPages::next() {
  constexpr double kAnswerTimeOfPage = 0.5;  // seconds: a server that hangs does not stop the page
  auto page = page_of(context_, {false, kAnswerTimeOfPage}, look());
  page.report.live = true;
  return page;
}

Result<Observation> StatusPages::look() {
  constexpr unsigned kMostUses = 10;
  if (seen_ && seen_->state && uses_ < kMostUses) {
    auto state = seen_->manager->unit(seen_->unit_id);
    if (state && has_same_files(*state, *seen_->state)) {
      seen_->state = std::move(*state);
      ++uses_;
      return *seen_;
    }
  }
  auto seen = observe(context_);
  seen_.reset();
  uses_ = 0;
  if (seen) seen_ = *seen;
  return seen;
}

}  // namespace ollama_gpu::app
