// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/doctor/doctor.hpp"

#include <algorithm>
#include <tuple>

#include "core/doctor/parts.hpp"

namespace ollama_gpu {

namespace {

// Our own drop-in is changed by configure; what packages and generators own comes back by itself.
bool may_be_edited(const TextEdit& edit, const DoctorFacts& facts) {
  if (edit.file == facts.drop_in_path) return false;
  for (const std::string_view theirs : {"/usr/", "/lib/", "/run/", "/nix/"}) {
    if (edit.file.starts_with(theirs)) return false;
  }
  return true;
}

void keep_only_possible_fix(Finding& finding, const DoctorFacts& facts) {
  if (!finding.fix) return;
  const auto& edits = finding.fix->edits;
  const bool possible =
      std::ranges::all_of(edits, [&](const TextEdit& edit) { return may_be_edited(edit, facts); });
  if (!possible) finding.fix.reset();
}

bool is_error(const Finding& finding) { return finding.severity == Severity::error; }

}  // namespace

std::vector<Finding> examine_settings(const UnitSnapshot& snapshot, const DoctorFacts& facts) {
  std::vector<Finding> findings;
  const Examination exam{snapshot, facts, findings};
  examine_values(exam);
  examine_names(exam);
  if (facts.gpus) examine_gpu_lists(exam);
  examine_split_mode(exam);
  examine_llama_devices(exam);
  return findings;
}

std::vector<Finding> diagnose(const UnitSnapshot& snapshot, const DoctorFacts& facts) {
  std::vector<Finding> findings;
  const Examination exam{snapshot, facts, findings};
  examine_files(exam);
  examine_dropped(exam);
  examine_unread(exam);
  if (snapshot.on_disk.load_state == LoadState::loaded || snapshot.service_fault) {
    examine_values(exam);
    examine_names(exam);
    examine_gpu_lists(exam);
    examine_split_mode(exam);
    examine_devices(exam);
    examine_drivers(exam);
    examine_llama_devices(exam);
    examine_winners(exam);
    examine_risks(exam);
    examine_models_path(exam);
  }
  examine_drift(exam);
  examine_shared(exam);
  examine_traces(exam);
  for (Finding& finding : findings) keep_only_possible_fix(finding, facts);
  // First what is broken: a line that is not read may say what this advises.
  if (std::ranges::any_of(findings, [](const Finding& found) { return is_error(found); })) {
    std::erase_if(findings, [](const Finding& found) { return found.code == "OG509"; });
  }
  std::ranges::stable_sort(findings, [](const Finding& a, const Finding& b) {
    return std::tie(b.severity, a.place.file, a.place.line, a.place.column, a.code) <
           std::tie(a.severity, b.place.file, b.place.line, b.place.column, b.code);
  });
  return findings;
}

}  // namespace ollama_gpu
