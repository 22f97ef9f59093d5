// SPDX-License-Identifier: MIT
#include "app/commands/doctor_facts.hpp"

#include "app/commands/shared_facts.hpp"

#include <algorithm>
#include <iterator>

#include "app/change/restart_checks.hpp"
#include "app/history.hpp"
#include "app/proof/health.hpp"
#include "app/proof/journal_tail.hpp"
#include "app/running.hpp"
#include "app/stored_models.hpp"
#include "ollama_gpu/core/drop_in/model_placement.hpp"
#include "ollama_gpu/core/systemd/start_fault.hpp"

namespace ollama_gpu::app {

namespace {

using Seconds = ports::Clock::Seconds;

LoadedUnit loaded_unit(const Context& context, const ports::UnitState& state) {
  LoadedUnit loaded;
  loaded.environment = state.environment;
  loaded.unset_environment = state.unset_environment;
  loaded.drop_ins = state.drop_in_paths;
  loaded.fragment = state.fragment_path;
  loaded.need_reload = state.need_daemon_reload;
  loaded.restarts = state.n_restarts;
  loaded.failing = is_failing(state);
  if (state.main_pid != 0 && state.active_enter_usec != 0) {
    const auto since = static_cast<std::int64_t>(state.active_enter_usec / 1000000);
    loaded.uptime = std::max<std::int64_t>(0, context.clock.unix_seconds() - since);
  }
  return loaded;
}

void ask_server(Context& context, const Observation& seen, const ports::UnitState& state,
                DoctorFacts& facts, std::vector<std::string>& not_seen) {
  const auto unseen = [&](const std::string& why) {
    not_seen.push_back("Ollama's version and models: " + why);
  };
  const auto own = own_ollama(context, seen.disk, state);
  if (!own) return unseen(own.error().message);
  const auto version = context.ollama.version(*own, Seconds(kAnswerTime));
  if (!version) return unseen(version.error().message);
  facts.ollama_version = *version;
  const std::string models = "OLLAMA_MODELS";
  facts.answers = facts.process && value_in(*facts.process, models).value_or("") ==
                                       value_in(seen.disk.effective, models).value_or("");
  facts.models = stored_models(context, *own, is_split_by_tensor(seen.disk.effective));
}

// How its last run ended; the last line that it, or else systemd, said.
std::string failure_of(Context& context, const ports::UnitState& state) {
  constexpr std::int64_t kWhileAgo = 600;  // seconds
  constexpr int kExited = 1;               // CLD_EXITED
  std::string text;
  if (state.exec_main_code == kExited) text = meaning_of_exit(state.exec_main_status);
  const auto words = journal_tail(context, state, state.invocation_id,
                                  context.clock.unix_seconds() - kWhileAgo, 1);
  if (!words.empty()) text += (text.empty() ? "" : "; ") + words.front();
  return text;
}

void look_at_service(Context& context, const Observation& seen, DoctorFacts& facts,
                     std::vector<std::string>& not_seen) {
  if (!seen.state) {
    if (!seen.manager_problem.empty()) {
      not_seen.push_back("what systemd has loaded: " + seen.manager_problem);
    }
    return;
  }
  const ports::UnitState& state = *seen.state;
  facts.loaded = loaded_unit(context, state);
  if (facts.loaded->failing) {
    facts.loaded->failure = failure_of(context, state);
    facts.start_fault = address_taken(context, seen);
  }
  if (state.main_pid == 0) return;
  auto process = process_environment(context, state);
  if (process) {
    facts.process = std::move(*process);
  } else {
    not_seen.push_back("the process's environment: " + process.error().message);
  }
  ask_server(context, seen, state, facts, not_seen);
}

}  // namespace

DoctorFacts look_around(Context& context, const Observation& seen,
                        std::vector<std::string>& not_seen) {
  DoctorFacts facts;
  facts.drop_in_path = seen.drop_in_path;
  if (seen.former) facts.drop_in = seen.current.drop_in;
  facts.sees_manager_process = !seen.input.manager_process_environment.empty();
  facts.taken_away = change_taken_away(seen);
  facts.user_manager = context.options.user;
  if (context.options.root.empty()) {
    facts.gpus = context.gpus.list();
    if (is_split_by_tensor(seen.disk.effective)) context.gpus.measure_links(*facts.gpus);
    if (!facts.gpus->problem.empty()) not_seen.push_back("all GPUs: " + facts.gpus->problem);
  }
  std::ranges::move(not_seen_by(seen), std::back_inserter(not_seen));
  look_at_service(context, seen, facts, not_seen);
  facts.shared = look_at_servers(context, seen);
  return facts;
}

DoctorFacts collect_facts(Context& context, const Observation& seen,
                          std::vector<std::string>& not_seen) {
  DoctorFacts facts = look_around(context, seen, not_seen);
  gather_file_facts(*seen.files, seen.input.search_path, seen.disk, facts);
  return facts;
}

}  // namespace ollama_gpu::app
