// SPDX-License-Identifier: MIT
#include <algorithm>

#include "ollama_gpu/core/systemd/environment.hpp"

namespace ollama_gpu {
namespace {

using VariableMap = std::map<std::string, EffectiveVariable>;

// A later assignment wins; the one it beats goes to the end of the list.
void assign(VariableMap& variables, const Assignment& assignment) {
  const auto [found, added] = variables.try_emplace(
      assignment.name, EffectiveVariable{assignment.value, assignment.source});
  if (added) return;
  EffectiveVariable& variable = found->second;
  variable.overridden.push_back({assignment.name, variable.value, variable.source});
  variable.value = assignment.value;
  variable.source = assignment.source;
}

// Within a unit, what was beaten comes before what beat it. Only what stands in the final list has
// a say: a variable that a reset took away is not set.
void assign_unit(VariableMap& variables, const UnitEnvironment& unit) {
  std::map<std::string, std::vector<const Assignment*>> beaten;
  for (const Assignment& assignment : unit.overridden) {
    beaten[assignment.name].push_back(&assignment);
  }
  for (const Assignment& assignment : unit.environment) {
    const auto losers = beaten.find(assignment.name);
    if (losers != beaten.end()) {
      for (const Assignment* loser : losers->second) assign(variables, *loser);
    }
    assign(variables, assignment);
  }
}

// src/basic/env-util.c, strv_env_delete(): a name takes any value away, NAME=VALUE just that one.
void unset(EffectiveEnvironment& environment, const NamedSource& pattern) {
  const std::size_t equals = pattern.text.find('=');
  const auto found = environment.variables.find(pattern.text.substr(0, equals));
  if (found == environment.variables.end()) return;
  if (equals != std::string::npos && pattern.text.substr(equals + 1) != found->second.value) return;
  environment.unset.emplace(found->first, pattern);
  environment.variables.erase(found);
}

}  // namespace

EffectiveEnvironment effective_environment(const UnitEnvironment& unit,
                                           const std::vector<EnvironmentFile>& files,
                                           const std::vector<Assignment>& manager) {
  EffectiveEnvironment result;
  for (const Assignment& assignment : manager) assign(result.variables, assignment);
  assign_unit(result.variables, unit);
  for (const EnvironmentFile& file : files) {
    for (const Assignment& assignment : file.assignments) assign(result.variables, assignment);
  }
  for (auto& [name, variable] : result.variables) {
    std::ranges::reverse(variable.overridden);
  }
  for (const NamedSource& pattern : unit.unset_environment) unset(result, pattern);
  return result;
}

}  // namespace ollama_gpu
