// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/drop_in/model_placement.hpp"

#include <algorithm>
#include <string>

#include "ollama_gpu/core/ollama/go_values.hpp"
#include "ollama_gpu/core/ollama/split_mode.hpp"

namespace ollama_gpu {

namespace {

const std::string* value_of(const EffectiveEnvironment& environment, std::string_view name) {
  const auto found = environment.variables.find(std::string(name));
  return found == environment.variables.end() ? nullptr : &found->second.value;
}

std::uint64_t number_of(const EffectiveEnvironment& environment, std::string_view name) {
  const std::string* value = value_of(environment, name);
  return value == nullptr ? 0 : parse_go_uint(trim_like_ollama(*value)).value_or(0);
}

}  // namespace

bool is_spread(const EffectiveEnvironment& environment) {
  const std::string* value = value_of(environment, "OLLAMA_SCHED_SPREAD");
  return value != nullptr && is_switched_on(*value);
}

bool is_split_by_tensor(const EffectiveEnvironment& environment) {
  const std::string* value = value_of(environment, kSplitMode);
  return value != nullptr && *value == kTensor;
}

ContextSettings context_settings(const EffectiveEnvironment& environment,
                                 const std::vector<std::uint64_t>& gpus) {
  ContextSettings settings;
  settings.parallel = std::max<std::uint64_t>(1, number_of(environment, "OLLAMA_NUM_PARALLEL"));
  settings.tokens = number_of(environment, "OLLAMA_CONTEXT_LENGTH");
  settings.by_default = settings.tokens == 0;
  if (!settings.by_default) return settings;
  const std::uint64_t overhead = number_of(environment, "OLLAMA_GPU_OVERHEAD");
  std::uint64_t memory = 0;
  for (const std::uint64_t bytes : gpus) memory += bytes - std::min(bytes, overhead);
  settings.tokens = default_context(memory);
  return settings;
}

}  // namespace ollama_gpu
