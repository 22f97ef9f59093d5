// SPDX-License-Identifier: MIT
#include "app/change/endings.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "app/change/service_steps.hpp"
#include "app/proof/journal_tail.hpp"
#include "app/running.hpp"
#include "ollama_gpu/core/drop_in/first_advice.hpp"
#include "ollama_gpu/core/gpu/visible_devices.hpp"
#include "ollama_gpu/core/text/shell_word.hpp"

namespace ollama_gpu::app {

namespace {

constexpr std::int64_t kRecent = 60;  // seconds: what was logged since is shown

// A service that keeps crashing although nothing of ours is missing.
std::optional<Error> failing_by_itself(Context& context, const Observation& observation,
                                       ChangeReport& report) {
  const bool crashing =
      observation.state && observation.state->sub_state.starts_with("auto-restart");
  if (!crashing) return std::nullopt;
  report.journal = journal_tail(context, *observation.state, observation.state->invocation_id,
                                context.clock.unix_seconds() - kRecent, kJournalLines);
  return Error{Errc::unhealthy,
               fmt::format("{} is not healthy ({}); its settings are as wanted already",
                           observation.unit_id, observation.state->sub_state),
               fmt::format("see why: journalctl -u {} -n 50", shell_word(observation.unit_id))};
}

bool is_applied(const ChangeReport& report, const Observation& observation) {
  if (!observation.state) return false;
  return std::ranges::none_of(report.evidence, [&](const Evidence& level) {
    const bool down = level.level == EvidenceLevel::process && observation.state->main_pid == 0;
    return level.level <= EvidenceLevel::process && !down &&
           (level.status == EvidenceStatus::failed || level.status == EvidenceStatus::pending);
  });
}

// Where nothing is configured, and nothing was asked for.
std::string advice_for_the_first(Context& context, const Observation& observation) {
  if (!context.options.root.empty()) return "";
  const DeviceLists lists = lists_of(observation.disk.effective);
  const Inventory inventory = context.gpus.identify();
  const std::string advice = first_advice(observation.disk.effective,
                                          usable_devices(lists.cuda, lists.rocr, inventory).size());
  if (advice.empty()) return "";
  return fmt::format("{}; to change it: {}", advice,
                     first_command(observation.disk.effective, observation.unit_id));
}

// The options that the next command needs too.
std::string with_target(const Context& context, const std::string& command) {
  std::string out = command;
  if (!context.options.root.empty()) out += " --root " + shell_word(context.options.root);
  if (context.options.unit != GlobalOptions().unit) {
    out += " --unit " + shell_word(context.options.unit);
  }
  return out;
}

// --require-gpu, and nothing failed: what could not be seen, and how it can.
void explain_missing_proof(const ChangeReport& report, Error& error) {
  for (const Evidence& level : report.evidence) {
    if (level.level != EvidenceLevel::devices) continue;
    error.message = fmt::format("--require-gpu: the GPUs in use are not proved: {}", level.detail);
    if (!level.remedy.empty()) error.hint = level.remedy;
  }
}

}  // namespace

void tell_next(Context& context, const ChangeOptions& options, const InUse& use,
               ChangeReport& report) {
  if (report.rolled_back && report.restarted && !options.preload && !use.models.empty()) {
    std::vector<std::string> names;
    for (const ports::LoadedModel& model : use.models) names.push_back(model.name);
    report.warnings.push_back(
        fmt::format("no longer loaded: {}; the restarts took {} out (--preload loads them again)",
                    fmt::join(names, ", "), names.size() == 1 ? "it" : "them"));
    context.messages.warning(report.warnings.back());
  }
  if (report.rolled_back || !report.changed) return;
  if (report.generation) report.undo = with_target(context, "sudo ollama-gpu rollback");
  if (report.applied) report.look = with_target(context, "sudo ollama-gpu status");
}

Outcome<ChangeReport> nothing_to_do(Context& context, const ChangeOptions& options,
                                    const Observation& observation, ChangePlan& plan,
                                    ChangeReport report) {
  plan.expected.restart_expected = options.restart != RestartMode::never;
  report.evidence = gather_evidence(context, options, observation.manager, plan);
  report.applied = is_applied(report, observation);
  report.summary = !plan.expected.bytes ? "nothing to do: ollama-gpu has configured nothing here"
                   : nothing_failed(report.evidence)
                       ? "nothing to do: everything is as wanted"
                       : "nothing to do: what was asked for is in place, but not everything holds";
  if (!plan.expected.bytes) report.advice = advice_for_the_first(context, observation);
  if (auto fault = failing_by_itself(context, observation, report)) {
    report.summary = "nothing of ours is missing, but the service keeps crashing";
    return {std::move(report), std::move(*fault)};
  }
  return judge_evidence(std::move(report), gpu_proof(options));
}

GpuProof gpu_proof(const ChangeOptions& options) {
  return options.require_gpu && !options.no_verify ? GpuProof::required : GpuProof::optional;
}

Outcome<ChangeReport> judge_evidence(ChangeReport report, GpuProof gpus) {
  for (const Evidence& level : report.evidence) {
    if (!level.warning.empty()) report.warnings.push_back(level.warning);
  }
  const bool gpus_hold = std::ranges::any_of(report.evidence, [](const Evidence& level) {
    return level.level == EvidenceLevel::devices && level.status == EvidenceStatus::ok;
  });
  if (nothing_failed(report.evidence) && (gpus == GpuProof::optional || gpus_hold)) {
    return {std::move(report), std::nullopt};
  }
  Error error{Errc::not_verified, "the service is up, but not everything holds"};
  for (const Evidence& level : report.evidence) {
    if (level.status != EvidenceStatus::failed) continue;
    error.message = fmt::format("the service is up, but {} does not hold: {}", name_of(level.level),
                                level.detail);
    break;
  }
  error.hint = "the settings stay as they are; look again with: ollama-gpu verify";
  if (nothing_failed(report.evidence)) explain_missing_proof(report, error);
  return {std::move(report), std::move(error)};
}

}  // namespace ollama_gpu::app
