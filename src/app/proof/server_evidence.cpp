// SPDX-License-Identifier: MIT
#include "app/proof/server_evidence.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <functional>

#include "app/proof/devices_evidence.hpp"
#include "app/running.hpp"
#include "ollama_gpu/core/contains.hpp"
#include "ollama_gpu/core/ollama/ollama_log.hpp"
#include "ollama_gpu/core/ollama/ollama_version.hpp"
#include "ollama_gpu/core/ollama/settings.hpp"
#include "ollama_gpu/core/text/secrets.hpp"
#include "ollama_gpu/core/text/shell_word.hpp"

namespace ollama_gpu::app {

namespace {

using Seconds = ports::Clock::Seconds;

constexpr double kJournalLag = 3.0;  // lines may come this much later than the first answer
constexpr double kYoung = 120.0;     // a run older than this has logged all of its start

struct Logged {
  OllamaLog log = {};
  std::string reason = {};  // why there is nothing
  bool complete = false;    // its end was seen: nothing more can come
};

// Whether lines of this start may not be in the journal yet: Ollama answers once it has written
// them all (server/routes.go, Serve), journald stores them a little later.
bool may_grow(Context& context, const ports::UnitState& state, bool answers) {
  const auto entered = static_cast<double>(state.active_enter_usec) / 1e6;
  const bool young = static_cast<double>(context.clock.unix_seconds()) - entered < kYoung;
  return young && !(answers && context.journal.catch_up(state.log_namespace));
}

using Judgement = std::function<EvidenceStatus(const OllamaLog&)>;

Logged read_once(Context& context, const ports::UnitState& state) {
  OllamaLogReader reader;
  bool complete = false;
  const auto missing =
      context.journal.from_start(run_of(context, state), [&](int pid, std::string_view line) {
        complete = !reader.take(pid, line);
        return !complete;
      });
  if (!missing) return {{}, missing.error().message, false};
  return {reader.log(), *missing, complete};
}

// What this invocation logged when it started; waits a little for lines that are not there yet,
// and where more may come, for those that the judgement misses.
Logged read_log(Context& context, const ports::UnitState& state, bool answers,
                const Judgement& judge) {
  Logged found = read_once(context, state);
  const bool more_may_come = !found.complete && may_grow(context, state, answers);
  const auto start = context.clock.now();
  while (!found.complete) {
    found = read_once(context, state);
    const bool enough = found.log.server_config && !found.log.devices.empty() &&
                        (!more_may_come || judge(found.log) != EvidenceStatus::failed);
    const bool hopeless = !found.reason.empty() || context.clock.pending_signal() != 0;
    if (enough || hopeless || (context.clock.now() - start).count() > kJournalLag) break;
    context.clock.sleep(Seconds(0.05));
  }
  if (found.reason.empty() && !found.log.server_config) {
    found.reason = state.standard_error == "journal" || state.standard_error == "inherit"
                       ? "this run's lines are not in the journal"
                       : fmt::format("the unit has StandardError={}", state.standard_error);
  }
  return found;
}

// The settings in force, whoever set them, held against what Ollama says that it understood.
struct Understood {
  std::vector<std::string> otherwise = {};
  std::size_t as_meant = 0;
};

Understood understood(const std::map<std::string, std::string>& config,
                      const EffectiveEnvironment& effective) {
  Understood result;
  for (const auto& [name, variable] : effective.variables) {
    const auto shown = config.find(name);
    if (variable.source.file.empty() || shown == config.end()) continue;
    const auto expected = logged_value(name, variable.value);
    if (!expected) continue;
    if (shown->second == *expected && is_read_as_meant(name, variable.value)) {
      ++result.as_meant;
      continue;
    }
    result.otherwise.push_back(fmt::format("{}={} as {}", name, masked_value(name, variable.value),
                                           masked_value(name, shown->second)));
  }
  return result;
}

// What this version does not read, as far as that is known.
std::vector<std::string> unread(const std::string& version, const EffectiveEnvironment& effective,
                                const DropIn& drop_in) {
  std::vector<std::string> reasons;
  for (const auto& [name, variable] : effective.variables) {
    const Setting* setting = find_setting(name);
    if (variable.source.file.empty()) continue;
    if (setting == nullptr && drop_in.find(name) != nullptr && advice_on_unread(name)) {
      reasons.push_back(fmt::format("no Ollama is known to read {}", name));
    }
    if (setting == nullptr) continue;
    const DropInVariable* ours = drop_in.find(name);
    if (ours != nullptr && !ours->reason.empty()) continue;  // added whatever the version
    if (auto why = why_unread(*setting, version)) reasons.push_back(std::move(*why));
  }
  return reasons;
}

Evidence answer_evidence(Context& context, const ports::UnitState& state,
                         const UnitSnapshot& snapshot) {
  const auto evidence = [](EvidenceStatus status, std::string detail) {
    return Evidence{EvidenceLevel::server, status, std::move(detail)};
  };
  const Endpoint endpoint = endpoint_of(snapshot.effective);
  const auto own = own_ollama(context, snapshot, state);
  if (!own) {
    const Errc code = own.error().code;
    const bool seen = code == Errc::not_found || code == Errc::conflict;
    return evidence(seen ? EvidenceStatus::failed : EvidenceStatus::skipped, own.error().message);
  }
  const auto version = context.ollama.version(*own, Seconds(kAnswerTime));
  if (!version) return evidence(EvidenceStatus::failed, version.error().message);
  const std::string address = endpoint.connectable().text();
  return {EvidenceLevel::server,
          EvidenceStatus::ok,
          fmt::format("Ollama {} answers at {}", *version, address),
          "",
          "",
          fmt::format("Ollama {} at {}", *version, address)};
}

// What of ours the log says nothing of: read by others (CUDA_DEVICE_ORDER), or by other versions.
void name_unshown(const OllamaLog& log, const Expectation& expected, Evidence& evidence) {
  std::vector<std::string> unshown;
  std::vector<std::string> silent;
  for (const DropInVariable& variable : expected.drop_in.variables) {
    constexpr std::array<std::string_view, 3> kNeverLogged{"PATH", "HOME", "LD_LIBRARY_PATH"};
    if (log.server_config->contains(variable.name) || contains(kNeverLogged, variable.name)) {
      continue;
    }
    unshown.push_back(variable.name);
    if (logged_value(variable.name, variable.value)) silent.push_back(variable.name);
  }
  if (!unshown.empty()) {
    evidence.detail += fmt::format("; its log does not show {}", fmt::join(unshown, ", "));
  }
  const auto reasons = unread(log.version, expected.snapshot.effective, expected.drop_in);
  if (!reasons.empty()) {
    evidence.warning = fmt::format("{}", fmt::join(reasons, "; "));
  } else if (!silent.empty()) {
    evidence.warning = fmt::format("this Ollama does not log {}: it may not read {}",
                                   fmt::join(silent, ", "), silent.size() == 1 ? "it" : "them");
  }
}

Evidence server_evidence(Evidence answer, const Logged& logged, const Expectation& expected) {
  if (answer.status != EvidenceStatus::ok) return answer;
  if (!logged.log.server_config) {
    answer.status = EvidenceStatus::skipped;
    answer.detail += "; its \"server config\" was not seen: " + logged.reason;
    return answer;
  }
  const Understood seen = understood(*logged.log.server_config, expected.snapshot.effective);
  if (!seen.otherwise.empty()) {
    const auto& closed = expected.snapshot.closed;
    answer.status = closed.empty() ? EvidenceStatus::failed : EvidenceStatus::skipped;
    if (!closed.empty()) answer.detail += "; " + closed.front().message;
    answer.detail += fmt::format("; but it understood {}", fmt::join(seen.otherwise, ", "));
    return answer;
  }
  if (seen.as_meant > 0) answer.detail += " and logged the settings as meant";
  name_unshown(logged.log, expected, answer);
  return answer;
}

}  // namespace

std::vector<Evidence> running_evidence(Context& context, const ports::UnitState& state,
                                       const Expectation& expected, bool stale) {
  if (state.main_pid == 0 || stale) {
    const std::string why = state.main_pid == 0 ? "it is not running" : "not restarted yet";
    return {{EvidenceLevel::server, EvidenceStatus::pending, why},
            {EvidenceLevel::devices, EvidenceStatus::pending, why}};
  }
  Evidence answer = answer_evidence(context, state, expected.snapshot);
  const bool answers = answer.status == EvidenceStatus::ok;
  const Inventory inventory = context.gpus.identify();
  const auto judge = [&](const OllamaLog& log) {
    return judge_devices(log, lists_of(expected.snapshot.effective), inventory);
  };
  const Logged logged =
      read_log(context, state, answers, [&](const OllamaLog& log) { return judge(log).status; });
  Evidence server = server_evidence(std::move(answer), logged, expected);
  Evidence devices{EvidenceLevel::devices, EvidenceStatus::skipped, logged.reason};
  if (!logged.log.server_config) {
    devices.remedy = fmt::format(
        "a restart makes it log its start again: {}systemctl {}restart {}; then: ollama-gpu verify",
        context.options.user ? "" : "sudo ", context.options.user ? "--user " : "",
        shell_word(state.id));
  }
  if (!logged.log.devices.empty()) {
    devices = judge(logged.log);
  } else if (devices.detail.empty()) {
    devices.detail = "no \"inference compute\" line was logged";
  }
  return {std::move(server), std::move(devices)};
}

}  // namespace ollama_gpu::app
