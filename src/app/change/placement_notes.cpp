// SPDX-License-Identifier: MIT
#include "app/change/placement_notes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "app/change/models_in_use.hpp"
#include "app/running.hpp"
#include "app/stored_models.hpp"
#include "ollama_gpu/core/drop_in/model_placement.hpp"
#include "ollama_gpu/core/drop_in/selection_advice.hpp"
#include "ollama_gpu/core/gpu/visible_devices.hpp"

namespace ollama_gpu::app {

namespace {

constexpr std::array kDecide{"CUDA_VISIBLE_DEVICES",  "ROCR_VISIBLE_DEVICES", "OLLAMA_SCHED_SPREAD",
                             "OLLAMA_CONTEXT_LENGTH", "OLLAMA_NUM_PARALLEL",  "OLLAMA_GPU_OVERHEAD",
                             "LLAMA_ARG_SPLIT_MODE"};

std::vector<SelectedDevice> usable(const EffectiveEnvironment& environment,
                                   const Inventory& inventory) {
  const DeviceLists lists = lists_of(environment);
  return usable_devices(lists.cuda, lists.rocr, inventory);
}

std::vector<StoredModel> models_of(Context& context, const Observation& seen, bool shapes) {
  if (!seen.state || seen.state->main_pid == 0) return {};
  const auto own = ollama_in_use(context, seen);
  return own ? stored_models(context, *own, shapes) : std::vector<StoredModel>();
}

// An Ollama lists what lies in its directory of models, and nothing else.
std::vector<PlanStep> empty_directory_note(Context& context, const Observation& seen,
                                           const EffectiveEnvironment& then) {
  const auto directory = value_in(then, "OLLAMA_MODELS");
  if (!directory || directory == value_in(seen.disk.effective, "OLLAMA_MODELS")) return {};
  const auto entries = seen.files->list(*directory + "/manifests");
  if (entries ? !entries->empty() : entries.error().code != Errc::not_found) return {};
  const std::size_t count = models_of(context, seen, false).size();
  return {{PlanAction::note, *directory,
           count == 0 ? std::string("it holds no models")
                      : fmt::format("it holds no models: the {} that Ollama lists now stay where "
                                    "they are; move them there to have them",
                                    count)}};
}

}  // namespace

void add_placement_notes(Context& context, const Observation& seen,
                         const EffectiveEnvironment& then, std::vector<PlanStep>& steps) {
  const EffectiveEnvironment& now = seen.disk.effective;
  const bool decides = std::ranges::any_of(
      kDecide, [&](const char* name) { return value_in(now, name) != value_in(then, name); });
  std::ranges::move(empty_directory_note(context, seen, then), std::back_inserter(steps));
  if (!decides || !context.options.root.empty()) return;
  const Inventory inventory = context.gpus.list();
  AdviceFacts facts;
  facts.spread = !is_spread(now) && is_spread(then);
  facts.before = usable(now, inventory);
  facts.after = usable(then, inventory);
  facts.now = now;
  facts.then = then;
  if (!facts.after.empty()) facts.models = models_of(context, seen, true);
  for (Advice& line : selection_advice(facts, inventory)) {
    const auto explained = std::ranges::find_if(steps, [&](const PlanStep& step) {
      return step.action == PlanAction::set && !line.of.empty() && step.name == line.of;
    });
    if (explained != steps.end()) {
      explain(*explained, line.text);
    } else {
      steps.push_back({PlanAction::note, "", std::move(line.text)});
      steps.back().in_full = line.in_full;
    }
  }
}

}  // namespace ollama_gpu::app
