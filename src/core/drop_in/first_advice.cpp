// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/drop_in/first_advice.hpp"

#include <fmt/format.h>

#include "ollama_gpu/core/drop_in/model_placement.hpp"
#include "ollama_gpu/core/text/shell_word.hpp"

namespace ollama_gpu {

std::string first_advice(const EffectiveEnvironment& environment, std::size_t usable_gpus) {
  if (usable_gpus < 2 || is_spread(environment)) return "";
  return fmt::format(
      "spread is off: a model that fits on one of the {} GPUs lies on one, and the others stay "
      "empty",
      usable_gpus);
}

std::string first_command(const std::string& unit_id) {
  const std::string command = "sudo ollama-gpu configure --gpus all --spread --keep-alive";
  return unit_id == "ollama.service" ? command : command + " --unit " + shell_word(unit_id);
}

}  // namespace ollama_gpu
