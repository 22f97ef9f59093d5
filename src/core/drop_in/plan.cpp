// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/drop_in/plan.hpp"

#include <fmt/format.h>

#include <utility>

namespace ollama_gpu {

PlanStep variable_step(PlanAction action, std::string path, std::string name,
                       std::optional<std::string> value, std::optional<std::string> was,
                       std::string_view why) {
  PlanStep step{action, std::move(path)};
  step.reason = fmt::format("{}={}", name, value ? *value : was.value_or(""));
  if (value && was) step.reason += fmt::format(" (was {})", *was);
  step.name = std::move(name);
  step.value = std::move(value);
  step.was = std::move(was);
  explain(step, why);
  return step;
}

void explain(PlanStep& step, std::string_view why) {
  if (why.empty()) return;
  step.reason += fmt::format("{} {}", step.why.empty() ? ":" : ";", why);
  step.why += fmt::format("{}{}", step.why.empty() ? "" : "; ", why);
}

}  // namespace ollama_gpu
