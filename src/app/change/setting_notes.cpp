// SPDX-License-Identifier: MIT
#include "app/change/setting_notes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <variant>

#include "app/change/models_in_use.hpp"
#include "app/change/placement_notes.hpp"
#include "app/running.hpp"
#include "app/stored_models.hpp"
#include "ollama_gpu/core/contains.hpp"
#include "ollama_gpu/core/doctor/doctor.hpp"
#include "ollama_gpu/core/drop_in/model_placement.hpp"
#include "ollama_gpu/core/gpu/selection_variables.hpp"
#include "ollama_gpu/core/ollama/ollama_version.hpp"
#include "ollama_gpu/core/ollama/split_mode.hpp"

namespace ollama_gpu::app {

namespace {

constexpr std::string_view kCacheWithoutFlashAttention = "OG213";

std::string version_in_use(Context& context, const Observation& seen) {
  if (!seen.state || seen.state->main_pid == 0) return {};
  const auto own = ollama_in_use(context, seen);
  const auto version = own ? context.ollama.version(*own, ports::OllamaServer::Seconds(kAnswerTime))
                           : Failure(own.error());
  return version ? *version : std::string();
}

// With which no model loads (before 0.30 Ollama falls back to f16), or nothing comes of what was
// asked for by name.
bool must_not_be(const Finding& finding, std::string_view version, const DropIn& drop_in) {
  const auto known = parse_ollama_version(version);
  const bool old = known && *known < kLlamaServer;
  const DropInVariable* mode = drop_in.find(kSplitMode);
  const bool ours = mode != nullptr && mode->value == kTensor;
  if (finding.code == kCacheWithoutFlashAttention) return !old;
  if (finding.code == "OG215" || finding.code == "OG315") return true;
  if (finding.code == "OG216") return ours;
  return finding.code == "OG210" && ours && finding.message.find(kSplitMode) != std::string::npos;
}

// Ids that somebody wrote himself: those of a selector are there, or it is refused.
bool lists_ids(const DropIn& drop_in) {
  return drop_in.selector.empty() &&
         std::ranges::any_of(drop_in.variables, [](const DropInVariable& variable) {
           return contains(selection_variable_names(), variable.name);
         });
}

bool names_absent_gpu(const Finding& finding, const std::string& drop_in_path) {
  return (finding.code == "OG303" || finding.code == "OG304") && finding.place.file == drop_in_path;
}

bool needs_hardware(const EffectiveEnvironment& environment) {
  return is_split_by_tensor(environment) || environment.variables.contains("LLAMA_ARG_DEVICE");
}

// What the checks of split mode and devices ask for beside the settings.
void look_at_hardware(Context& context, const Observation& seen, DoctorFacts& facts) {
  if (!facts.gpus) facts.gpus = context.gpus.list();
  context.gpus.measure_links(*facts.gpus);
  if (!seen.state || seen.state->main_pid == 0) return;
  const auto own = ollama_in_use(context, seen);
  if (own) facts.models = stored_models(context, *own, true);
}

// Whether versions that people have treat one of these settings differently.
bool depends_on_version(const Expectation& expected) {
  constexpr OllamaVersion kOldest{0, 12, 0};
  if (expected.snapshot.effective.variables.contains("OLLAMA_KV_CACHE_TYPE")) return true;
  return std::ranges::any_of(expected.drop_in.variables, [&](const DropInVariable& variable) {
    const Setting* setting = variable.reason.empty() ? find_setting(variable.name) : nullptr;
    if (setting == nullptr) return false;
    const auto since = parse_ollama_version(setting->since);
    return !setting->until.empty() || (since && *since >= kOldest);
  });
}

bool is_told_before(const std::vector<Finding>& before, const Finding& finding) {
  return std::ranges::any_of(before, [&](const Finding& old) {
    return old.code == finding.code && old.message == finding.message;
  });
}

Result<std::vector<PlanStep>> setting_notes(Context& context, const Observation& seen,
                                            const Expectation& expected) {
  DoctorFacts facts;
  facts.drop_in_path = seen.drop_in_path;
  facts.drop_in = expected.drop_in;
  const std::string version = depends_on_version(expected) ? version_in_use(context, seen) : "";
  facts.ollama_version = version;
  if (lists_ids(expected.drop_in) && context.options.root.empty()) {
    facts.gpus = context.gpus.list();
  }
  if (needs_hardware(expected.snapshot.effective) && context.options.root.empty()) {
    look_at_hardware(context, seen, facts);
  }
  auto findings = examine_settings(expected.snapshot, facts);
  const auto before = examine_settings(seen.disk, facts);
  std::vector<PlanStep> notes;
  for (Finding& finding : findings) {
    if (is_told_before(before, finding)) continue;
    if (names_absent_gpu(finding, seen.drop_in_path)) {
      return fail(Errc::not_found, std::move(finding.message), std::move(finding.remedy));
    }
    if (must_not_be(finding, version, expected.drop_in)) {
      return fail(Errc::conflict, std::move(finding.message), std::move(finding.remedy));
    }
    notes.push_back({PlanAction::note, "",
                     fmt::format("{} ({}): {}", finding.message, finding.code, finding.remedy)});
  }
  return notes;
}

}  // namespace

Result<void> add_notes(Context& context, const Observation& seen, const Target& target,
                       ChangePlan& plan) {
  const auto add = [&plan](std::vector<PlanStep> steps) {
    std::ranges::move(steps, std::back_inserter(plan.steps));
  };
  if (plan.write && std::holds_alternative<DropIn>(target.ours)) {
    auto notes = setting_notes(context, seen, plan.expected);
    if (!notes) return Failure(notes.error());
    add(std::move(*notes));
    add_placement_notes(context, seen, plan.expected.snapshot.effective, plan.steps);
  }
  return {};
}

}  // namespace ollama_gpu::app
