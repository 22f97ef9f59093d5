// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "app/commands/drift_warning.hpp"
#include "app/history.hpp"
#include "app/proof/answer_check.hpp"
#include "app/proof/load_check.hpp"
#include "app/proof/replica_evidence.hpp"
#include "app/proof/replica_load.hpp"
#include "app/proof/standing_evidence.hpp"
#include "ollama_gpu/app/commands.hpp"
#include "ollama_gpu/core/drop_in/conflicts.hpp"
#include "ollama_gpu/core/text/shell_word.hpp"

namespace ollama_gpu::app {

namespace {

// What would mend it; a GPU that Ollama does not find, nothing here can.
std::string hint_for(const Evidence& level, const Observation& seen) {
  if (!level.remedy.empty()) return level.remedy;
  const bool down = seen.state && seen.state->main_pid == 0;
  if (down) return fmt::format("look at it: systemctl status {}", shell_word(seen.unit_id));
  if (level.level == EvidenceLevel::manager || level.level == EvidenceLevel::process) {
    return fmt::format("do what is missing: sudo ollama-gpu configure --unit {}",
                       shell_word(seen.unit_id));
  }
  if (level.level == EvidenceLevel::file) {
    return fmt::format("see who wins: ollama-gpu show --unit {}", shell_word(seen.unit_id));
  }
  return fmt::format("see what it logged: journalctl -u {} -n 50", shell_word(seen.unit_id));
}

Evidence level_of(const std::vector<Evidence>& evidence, EvidenceLevel level) {
  const auto found =
      std::ranges::find_if(evidence, [level](const Evidence& seen) { return seen.level == level; });
  return found == evidence.end() ? Evidence{level, EvidenceStatus::skipped, ""} : *found;
}

std::optional<Error> verdict(const std::vector<Evidence>& evidence, const Observation& seen,
                             bool strict) {
  for (const Evidence& level : evidence) {
    const bool skipped = level.status == EvidenceStatus::skipped;
    if (level.status == EvidenceStatus::ok || skipped) continue;
    return Error{Errc::not_verified,
                 fmt::format("{} does not hold: {}", name_of(level.level), level.detail),
                 hint_for(level, seen)};
  }
  for (const Evidence& level : evidence) {
    if (!strict || level.status != EvidenceStatus::skipped) continue;
    return Error{Errc::not_verified,
                 fmt::format("--strict: {} was skipped: {}", name_of(level.level), level.detail),
                 !level.remedy.empty()                ? level.remedy
                 : level.level == EvidenceLevel::file ? "first: sudo ollama-gpu configure"
                                                      : "as root most can be seen"};
  }
  return std::nullopt;
}

}  // namespace

Outcome<VerifyReport> verify(Context& context, const VerifyOptions& options) {
  VerifyReport report;
  report.unit = context.options.unit;
  auto seen = observe(context);
  if (!seen) return {std::move(report), seen.error()};
  report.unit = seen->unit_id;
  if (auto fault = find_unit_fault(seen->disk, seen->unit_id)) return {std::move(report), fault};
  std::ranges::move(not_seen_by(*seen), std::back_inserter(report.warnings));
  if (const auto pending = interrupted_change(*seen)) report.warnings.push_back(*pending);
  if (!seen->current.drop_in.selector.empty()) {
    warn_of_drift(context, *seen, context.gpus.list(), report.warnings);
  }
  report.evidence = standing_evidence(context, *seen);
  std::ranges::move(standing_replica_evidence(context, *seen), std::back_inserter(report.evidence));
  if (!options.load.empty()) {
    const Evidence server = level_of(report.evidence, EvidenceLevel::server);
    const auto goal = seen->manager != nullptr ? goal_on_disk(context, *seen) : std::nullopt;
    auto seen_all = goal && *goal ? check_memory_of_servers(context, options, **goal, report)
                                  : check_memory(context, *seen, options, server, report);
    if (!seen_all) {
      return {std::move(report), seen_all.error()};
    }
  }
  if (!options.probe.empty()) {
    const Evidence server = level_of(report.evidence, EvidenceLevel::server);
    if (auto asked = check_answer(context, *seen, options, server, report); !asked) {
      return {std::move(report), asked.error()};
    }
  }
  auto error = verdict(report.evidence, *seen, options.strict);
  return {std::move(report), std::move(error)};
}

}  // namespace ollama_gpu::app
