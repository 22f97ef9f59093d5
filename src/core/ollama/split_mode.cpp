// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/ollama/split_mode.hpp"

#include <array>

#include "ollama_gpu/core/contains.hpp"

namespace ollama_gpu {

bool can_split_by_tensor(std::string_view architecture) {
  constexpr std::array<std::string_view, 34> kRefused{
      "bailingmoe3",   "bitnet",     "deepseek2",      "deepseek32", "deepseek4",
      "dots3note",     "falcon-h1",  "gemma3n",        "glm-dsa",    "glm5-next",
      "granitehybrid", "grok",       "hy_v4",          "jamba",      "kimi-k3",
      "kimi-linear",   "lfm2",       "lfm2moe",        "mamba",      "mamba2",
      "minicpm3",      "minimax-01", "minimax-m2",     "minimax-m3", "mistral4",
      "mpt",           "nemotron_h", "nemotron_h_moe", "olmo2",      "olmoe",
      "plamo2",        "qwen3tts",   "qwen4exp",       "t5"};
  return !contains(kRefused, architecture);
}

}  // namespace ollama_gpu
