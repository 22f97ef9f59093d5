// SPDX-License-Identifier: MIT
#include "app/proof/standing_evidence.hpp"

#include <fmt/format.h>

#include "app/history.hpp"
#include "ollama_gpu/core/drop_in/conflicts.hpp"
#include "ollama_gpu/core/ollama/settings.hpp"
#include "ollama_gpu/core/text/shell_word.hpp"

namespace ollama_gpu::app {

namespace {

DropIn settings_of(const EffectiveEnvironment& effective) {
  DropIn settings;
  for (const auto& [name, variable] : effective.variables) {
    if (find_setting(name) == nullptr || variable.source.file.empty()) continue;
    settings.variables.push_back({name, variable.value, ""});
  }
  return settings;
}

Evidence without_drop_in(const Observation& seen) {
  Evidence evidence{EvidenceLevel::file, EvidenceStatus::skipped,
                    "ollama-gpu has configured nothing here"};
  if (seen.history_closed) {
    evidence.detail =
        "there is no drop-in of ollama-gpu; whether there ought to be one, root can see";
  }
  if (seen.refused) evidence.detail = seen.refused->message;
  const auto gone = change_taken_away(seen);
  if (!gone) return evidence;
  evidence.status = EvidenceStatus::failed;
  if (!seen.refused) {
    evidence.detail =
        fmt::format("{} is gone: generation {} left it there", seen.drop_in_path, *gone);
  }
  evidence.remedy = fmt::format(
      "bring it back: sudo ollama-gpu rollback {0} --unit {1}; or, if it "
      "is not wanted any more: sudo ollama-gpu reset --unit {1}",
      *gone, shell_word(seen.unit_id));
  if (seen.refused) evidence.remedy = seen.refused->hint + "; then " + evidence.remedy;
  return evidence;
}

}  // namespace

std::vector<Evidence> standing_evidence(Context& context, const Observation& seen) {
  Expectation expected;
  expected.unit_id = seen.unit_id;
  expected.drop_in_path = seen.drop_in_path;
  expected.snapshot = seen.disk;
  expected.manager_problem = seen.manager_problem;
  expected.restart_expected = false;
  expected.loaded_usec = loaded_usec(seen);
  if (seen.former) {
    expected.bytes = seen.former->bytes;
    expected.drop_in = seen.current.drop_in;
  } else {
    expected.drop_in = settings_of(seen.disk.effective);
  }
  auto evidence = collect_evidence(context, seen.manager, expected);
  if (!seen.former) {
    evidence.front() = without_drop_in(seen);
  } else if (auto conflict = find_conflict(seen.disk, expected.drop_in, seen.drop_in_path)) {
    evidence.front().status = EvidenceStatus::failed;
    evidence.front().detail = conflict->message;
    // No restart would bring what another file decides.
    for (Evidence& level : evidence) {
      const bool waits = level.status == EvidenceStatus::pending;
      if (waits && level.level == EvidenceLevel::process) level.status = EvidenceStatus::failed;
    }
  }
  return evidence;
}

}  // namespace ollama_gpu::app
