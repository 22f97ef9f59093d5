// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/drop_in/first_advice.hpp"

#include <fmt/format.h>

#include "ollama_gpu/core/drop_in/model_placement.hpp"
#include "ollama_gpu/core/text/shell_word.hpp"

namespace ollama_gpu {

namespace {

bool is_set(const EffectiveEnvironment& environment, const std::string& name) {
  return environment.variables.contains(name);
}

}  // namespace

std::string first_advice(const EffectiveEnvironment& environment, std::size_t usable_gpus) {
  // Somebody has switched it off.
  if (is_set(environment, "OLLAMA_SCHED_SPREAD")) return "";
  if (usable_gpus < 2 || is_spread(environment)) return "";
  return fmt::format(
      "spread is off: a model that fits on one of the {} GPUs lies on one, and the others stay "
      "empty",
      usable_gpus);
}

std::string first_command(const EffectiveEnvironment& environment, const std::string& unit_id) {
  std::string command = "sudo ollama-gpu configure";
  // What somebody has chosen stays.
  const bool chosen =
      is_set(environment, "CUDA_VISIBLE_DEVICES") || is_set(environment, "ROCR_VISIBLE_DEVICES");
  if (!chosen) command += " --gpus all";
  command += " --spread";
  if (!is_set(environment, "OLLAMA_KEEP_ALIVE")) command += " --keep-alive";
  return unit_id == "ollama.service" ? command : command + " --unit " + shell_word(unit_id);
}

}  // namespace ollama_gpu
