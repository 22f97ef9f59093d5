// SPDX-License-Identifier: MIT
#include <algorithm>
#include <iterator>

#include "ollama_gpu/app/commands.hpp"
#include "ollama_gpu/app/observe.hpp"
#include "ollama_gpu/core/drop_in/conflicts.hpp"
#include "ollama_gpu/core/drop_in/gate.hpp"
#include "ollama_gpu/core/drop_in/toml_text.hpp"
#include "ollama_gpu/core/replicas/replica_set.hpp"

namespace ollama_gpu::app {

namespace {

void add_warnings(ShowReport& report, const UnitSnapshot& snapshot) {
  for (const DroppedText& dropped : snapshot.environment.dropped) {
    report.warnings.push_back(dropped.file + ":" + std::to_string(dropped.position.line) + ": " +
                              dropped.message);
  }
  for (const NamedSource& word : snapshot.environment.unresolved) {
    report.warnings.push_back(word.source.file + ":" + std::to_string(word.source.line) +
                              ": a specifier in '" + word.text + "' cannot be resolved here");
  }
}

// What would be asked for: of several servers, what one alone would have.
std::string toml_of(const Observation& seen) {
  const DropIn& ours = seen.current.drop_in;
  if (!ours.replicas) return toml_text(seen.disk.effective, ours);
  const DropIn alone = as_one_server(ours);
  EffectiveEnvironment environment = seen.without_ours.effective;
  for (const DropInVariable& variable : alone.variables) {
    environment.variables[variable.name] = {variable.value, {seen.drop_in_path, 0, 0, ""}, {}};
  }
  return toml_text(environment, alone);
}

}  // namespace

Outcome<ShowReport> show(Context& context, const ShowOptions& options) {
  ShowReport report;
  report.unit = context.options.unit;
  auto seen = observe(context);
  if (!seen) return {std::move(report), seen.error()};
  report.unit = seen->unit_id;
  report.fragment = seen->disk.on_disk.fragment;
  report.drop_ins = seen->disk.on_disk.drop_ins;
  report.environment = seen->disk.effective;
  report.unit_environment = seen->disk.environment.environment;
  report.gate = find_gate(seen->disk, seen->default_start_timeout);
  report.only = options.variables;
  report.toml = toml_of(*seen);
  std::ranges::move(not_seen_by(*seen), std::back_inserter(report.warnings));
  add_warnings(report, seen->disk);
  std::optional<Error> fault;
  if (seen->disk.on_disk.load_state == LoadState::not_found) {
    fault = find_unit_fault(seen->disk, seen->unit_id);
  }
  return {std::move(report), std::move(fault)};
}

}  // namespace ollama_gpu::app
