// SPDX-License-Identifier: MIT
#include "app/change/announcer.hpp"

#include <fmt/format.h>

#include <utility>

#include "app/change/wait_until_idle.hpp"
#include "app/interruption.hpp"

namespace ollama_gpu::app {

namespace {

// What is done, without the words: those of a model in memory count seconds.
std::vector<std::string> deeds_of(const ChangeReport& report) {
  std::vector<std::string> deeds{report.diff};
  for (const PlanStep& step : report.plan) {
    if (step.action == PlanAction::note) continue;
    deeds.push_back(fmt::format("{} {} {}={}", name_of(step.action), step.path, step.name,
                                step.value.value_or("")));
  }
  return deeds;
}

}  // namespace

void Announcer::warn(const ChangeReport& report) {
  for (const std::string& warning : report.warnings) {
    if (warned_.insert(warning).second) context_.messages.warning(warning);
  }
}

Result<bool> Announcer::settle(const Observation& seen, const ChangePlan& plan,
                               const ChangeReport& report) {
  auto deeds = deeds_of(report);
  if (told_ != deeds) {
    told_ = std::move(deeds);
    if (context_.planned) {
      const auto go = context_.planned(report, options_.confirm);
      if (auto stopped = interruption(context_); stopped && !go)
        return Failure(std::move(*stopped));
      if (!go) return Failure(go.error());
    }
    if (options_.confirm) return false;
  }
  // Of several servers each is drained when its turn comes.
  const bool waits = options_.when_idle && !plan.replicas.rolls;
  if (!waits || waited_ || plan.service != ServiceAction::restart) return true;
  auto idle = wait_until_idle(context_, seen, *options_.when_idle);
  if (!idle) return Failure(idle.error());
  waited_ = true;
  return false;
}

}  // namespace ollama_gpu::app
