// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "app/change/change.hpp"
#include "app/commands/doctor_facts.hpp"
#include "ollama_gpu/app/commands.hpp"
#include "ollama_gpu/core/contains.hpp"
#include "ollama_gpu/core/doctor/fix.hpp"
#include "ollama_gpu/core/drop_in/conflicts.hpp"

namespace ollama_gpu::app {

namespace {

bool fails(const Finding& finding, const DoctorOptions& options) {
  return finding.severity >= options.fail_on;
}

std::optional<Error> verdict(const DoctorReport& report, const DoctorOptions& options) {
  const bool bad = std::ranges::any_of(report.findings,
                                       [&](const Finding& found) { return fails(found, options); });
  if (!bad) return std::nullopt;
  return Error{
      Errc::not_verified,
      fmt::format("{}: {} found", report.unit, count_findings(report.findings, options.fail_on)),
      fmt::format("what one means: ollama-gpu help {}", report.findings.front().code)};
}

Result<DoctorReport> examine(Context& context, const Observation& seen,
                             const DoctorOptions& options) {
  DoctorReport report;
  report.unit = seen.unit_id;
  if (seen.disk.on_disk.load_state == LoadState::not_found) {
    return Failure(*find_unit_fault(seen.disk, seen.unit_id));
  }
  const DoctorFacts facts = collect_facts(context, seen, report.not_seen);
  report.findings = diagnose(seen.disk, facts);
  report.ignored = std::erase_if(
      report.findings, [&](const Finding& found) { return contains(options.ignore, found.code); });
  return report;
}

// The files in memory, while they are mended.
struct Mended {
  DropIn drop_in = {};
  std::map<std::string, FileEdit> edits = {};  // by path; what was read, and what is to stand there
  std::vector<std::string> fixed = {};
  std::vector<Finding> left = {};
};

Result<UnitSnapshot> as_mended(const Observation& seen, const Mended& mended) {
  std::optional<std::string> ours;
  if (seen.former) ours = seen.former->bytes;
  if (mended.drop_in != seen.current.drop_in) ours = render_drop_in(mended.drop_in, seen.unit_id);
  std::vector<ports::ReplacedFile> others;
  for (const auto& [path, edit] : mended.edits) {
    others.push_back({path, std::nullopt, ports::FileContent{edit.wanted}});
  }
  return simulate(seen, ours, others);
}

// One fix uncovers what another one mends (a lost section header hides the lines below it): until
// nothing more can be mended.
Result<Mended> mend(Context& context, const Observation& seen, const DoctorOptions& options) {
  std::vector<std::string> not_seen;
  const DoctorFacts around = look_around(context, seen, not_seen);
  Mended mended{seen.current.drop_in};
  constexpr int kMostPasses = 16;
  for (int pass = 0;; ++pass) {
    const auto snapshot = as_mended(seen, mended);
    if (!snapshot) return Failure(snapshot.error());
    DoctorFacts facts = around;
    if (!mended.drop_in.empty()) facts.drop_in = mended.drop_in;
    gather_file_facts(*seen.files, seen.input.search_path, *snapshot, facts);
    mended.left = diagnose(*snapshot, facts);
    std::erase_if(mended.left,
                  [&](const Finding& found) { return contains(options.ignore, found.code); });
    auto fixes = all_fixes(*snapshot, mended.left, mended.drop_in);
    if (!fixes) return Failure(fixes.error());
    if (fixes->empty() || pass == kMostPasses) return mended;
    mended.drop_in = std::move(fixes->drop_in);
    std::ranges::move(fixes->fixed, std::back_inserter(mended.fixed));
    for (FileEdit& edit : fixes->edits) {
      const auto [place, first] = mended.edits.try_emplace(edit.path, edit);
      if (!first) place->second.wanted = std::move(edit.wanted);
    }
  }
}

// What the repair makes of the files as they are now, under the lock.
Result<Target> decide(Context& context, const Observation& seen, const DoctorOptions& options) {
  Result<Target> target = Target{};
  auto mended = mend(context, seen, options);
  if (!mended) return target = Failure(mended.error());
  if (mended->drop_in != seen.current.drop_in) {
    target->ours = file_that_says(std::move(mended->drop_in));
  }
  for (auto& [path, edit] : mended->edits) {
    target->foreign.push_back({path, std::move(edit.former), std::move(edit.wanted)});
  }
  for (const std::string& text : mended->fixed)
    target->notes.push_back({PlanAction::mend, "", text});
  for (const Finding& finding : mended->left) {
    // The reload and the restart of this very run end these two.
    const bool passes = finding.code == "OG411" || finding.code == "OG412";
    const bool left = !finding.fixable() && !passes && finding.severity != Severity::info;
    if (left) target->warnings.push_back(finding.code + " stays: " + finding.message);
  }
  return target;
}

// The verdict on what was mended. A look that fails now is not a repair that failed.
std::optional<Error> what_is_left(std::optional<Error> found) {
  if (!found || found->code == Errc::not_verified) return found;
  return Error{Errc::not_verified,
               "it was mended, but cannot be looked at again: " + found->message,
               "see what is left: ollama-gpu doctor"};
}

}  // namespace

Outcome<DoctorReport> doctor(Context& context, const DoctorOptions& options) {
  DoctorReport report;
  report.unit = context.options.unit;
  const auto seen = observe(context);
  if (!seen) return {std::move(report), seen.error()};
  report.unit = seen->unit_id;
  auto examined = examine(context, *seen, options);
  if (!examined) return {std::move(report), examined.error()};
  auto error = verdict(*examined, options);
  return {std::move(*examined), std::move(error)};
}

Outcome<ChangeReport> fix(Context& context, const DoctorOptions& options) {
  const auto before = doctor(context, options);
  const auto& findings = before.report.findings;
  const bool possible =
      std::ranges::any_of(findings, [](const Finding& found) { return found.fixable(); });
  if (!possible) {
    ChangeReport nothing;
    nothing.unit = before.report.unit;
    nothing.preview = options.change.dry_run || options.change.check;
    nothing.summary = "there is nothing that can be mended automatically";
    return {std::move(nothing), before.error};
  }
  auto outcome = carry_out(context, options.change, [&](Context& now, const Observation& seen) {
    return decide(now, seen, options);
  });
  if (outcome.error || outcome.report.preview) return outcome;
  outcome.error = what_is_left(doctor(context, options).error);
  return outcome;
}

}  // namespace ollama_gpu::app
