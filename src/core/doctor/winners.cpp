// SPDX-License-Identifier: MIT
// OG401 to OG404: which of several files has the last word.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <span>

#include "core/doctor/parts.hpp"
#include "core/systemd/login_environment.hpp"
#include "ollama_gpu/core/drop_in/conflicts.hpp"
#include "ollama_gpu/core/ollama/settings.hpp"
#include "ollama_gpu/core/text/secrets.hpp"

namespace ollama_gpu {

namespace {

// The lines that name a variable, the winner first: User= does not name the HOME that it brings.
std::vector<Assignment> claims_on(const std::string& name, const EffectiveVariable& variable) {
  std::vector<Assignment> claims{{name, variable.value, variable.source}};
  for (const Assignment& beaten : variable.overridden) {
    if (!beaten.source.file.empty() && !comes_from_user(beaten.source)) claims.push_back(beaten);
  }
  return claims;
}

// A drop-in that changes what the unit says is the usual way; two that contradict each other, or
// an environment file that beats a drop-in, are not. Ours winning is what we were asked for.
bool is_contradiction(const Examination& exam, const std::vector<Assignment>& claims) {
  const std::string& fragment = exam.snapshot.on_disk.fragment;
  const Assignment& winner = claims.front();
  if (winner.source.file == exam.facts.drop_in_path) return false;
  return std::ranges::any_of(std::span(claims).subspan(1), [&](const Assignment& beaten) {
    return beaten.source.file != fragment && beaten.source.file != winner.source.file &&
           beaten.source.file != exam.facts.drop_in_path && beaten.value != winner.value &&
           !same_meaning(winner.name, beaten.value, winner.value);
  });
}

bool beats_ours(const Examination& exam, const std::vector<Assignment>& claims) {
  return std::ranges::any_of(std::span(claims).subspan(1), [&](const Assignment& beaten) {
    return beaten.source.file == exam.facts.drop_in_path && beaten.value != claims.front().value;
  });
}

void examine_claims(const Examination& exam, const std::string& name,
                    const EffectiveVariable& variable) {
  if (variable.source.file.empty()) return;
  const std::vector<Assignment> claims = claims_on(name, variable);
  if (beats_ours(exam, claims)) return;  // OG404
  std::set<std::string> files;
  std::string beaten;
  for (const Assignment& claim : claims) {
    files.insert(claim.source.file);
    if (claim.value == claims.front().value || claim.source.file == variable.source.file) continue;
    beaten += fmt::format("{}{} ({})", beaten.empty() ? "" : ", ", masked_value(name, claim.value),
                          at_place(claim.source));
  }
  if (files.size() < 2 || beaten.empty()) return;  // OG601; or all say the same
  const bool contradiction = is_contradiction(exam, claims);
  Finding& found = exam.add(
      "OG401",
      fmt::format("{}={} wins here over {}", name, masked_value(name, variable.value), beaten),
      contradiction ? "take out the line that is not meant" : "nothing to do if that is meant",
      locate(exam.snapshot, variable.source));
  if (!contradiction) found.severity = Severity::info;
  if (variable.source.directive == "EnvironmentFile") {
    found.why = "an EnvironmentFile= beats every Environment=, wherever either is written";
  }
}

const Assignment* find_assignment(const Examination& exam, const std::string& name) {
  const auto& set = exam.snapshot.environment.environment;
  const auto found = std::ranges::find(set, name, &Assignment::name);
  return found == set.end() ? nullptr : &*found;
}

void examine_unset(const Examination& exam) {
  for (const auto& [name, unset] : exam.snapshot.effective.unset) {
    const Assignment* line = find_assignment(exam, name);
    if (line == nullptr || unset.source.file == exam.facts.drop_in_path) continue;
    Finding& found = exam.add(
        "OG402", fmt::format("{} is set at {}, but taken away here", name, at_place(line->source)),
        "remove one of the two", locate(exam.snapshot, unset.source));
    // To take away what a package's unit sets is the usual way.
    if (!is_drop_in(exam.snapshot, line->source.file)) found.severity = Severity::info;
  }
}

struct Reset {
  const UnitFile* file = nullptr;
  Position position = {};
};

Reset last_reset(const UnitSnapshot& snapshot) {
  Reset reset;
  for (const UnitFile& file : snapshot.files) {
    for (const Directive& directive : file.directives) {
      const bool clears = directive.section == "Service" && directive.key == "Environment" &&
                          directive.value.empty();
      if (clears) reset = {&file, directive.position};
    }
  }
  return reset;
}

void examine_reset(const Examination& exam) {
  const Reset reset = last_reset(exam.snapshot);
  if (reset.file == nullptr) return;
  std::set<std::string> lost;
  for (const Assignment& beaten : exam.snapshot.environment.overridden) {
    const bool set_again = find_assignment(exam, beaten.name) != nullptr;
    if (!set_again && beaten.source.file != reset.file->path) lost.insert(beaten.name);
  }
  if (lost.empty()) return;
  std::string names;
  for (const std::string& name : lost) names += (names.empty() ? "" : ", ") + name;
  exam.add("OG403", fmt::format("this empty Environment= takes away {}", names),
           "remove it; to change one variable, set it again", locate(*reset.file, reset.position));
}

// One finding per setting of ours that something beats; a file that hides ours is told only once.
void examine_ours(const Examination& exam, const DropIn& ours) {
  std::vector<DropIn> parts;
  for (const DropInVariable& variable : ours.variables) {
    parts.emplace_back().variables = {variable};
  }
  for (const std::string& name : ours.unset) parts.emplace_back().unset = {name};
  if (ours.gate) parts.emplace_back().gate = ours.gate;
  std::set<std::string> told;
  for (const DropIn& part : parts) {
    const auto conflict = find_conflict(exam.snapshot, part, exam.facts.drop_in_path);
    if (!conflict || !told.insert(conflict->message).second) continue;
    exam.add("OG404", conflict->message, conflict->hint,
             conflict->location.value_or(Location{exam.facts.drop_in_path, 0, 0, ""}));
  }
}

}  // namespace

void examine_winners(const Examination& exam) {
  for (const auto& [name, variable] : exam.snapshot.effective.variables) {
    examine_claims(exam, name, variable);
  }
  examine_unset(exam);
  examine_reset(exam);
  if (find_unit_fault(exam.snapshot, exam.snapshot.on_disk.id)) return;  // told by OG101, OG117
  if (exam.facts.drop_in) examine_ours(exam, *exam.facts.drop_in);
}

}  // namespace ollama_gpu
