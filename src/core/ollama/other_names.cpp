// SPDX-License-Identifier: MIT
#include "core/ollama/other_names.hpp"

#include <algorithm>
#include <array>

namespace ollama_gpu {

namespace {

constexpr std::string_view kLayers =
    "how many layers lie on GPUs is the request's num_gpu (or PARAMETER num_gpu in a Modelfile); "
    "which GPUs: sudo ollama-gpu configure --gpus ...";
constexpr std::string_view kThreads =
    "it is the request's num_thread, or PARAMETER num_thread in a Modelfile";
constexpr std::string_view kClients =
    "clients such as Open WebUI read it: it belongs to their own environment";

// Seen in instructions and issues; `git grep` in Ollama's sources finds none of them.
// clang-format off
constexpr std::array<OtherName, 36> kOtherNames{{
  {"OLLAMA_NUM_GPU", "", kLayers}, {"OLLAMA_NUM_GPUS", "", kLayers},
  {"OLLAMA_GPU_LAYERS", "", kLayers}, {"OLLAMA_GPU_LAYER", "", kLayers},
  {"OLLAMA_NUM_GPU_LAYERS", "", kLayers}, {"OLLAMA_N_GPU_LAYERS", "", kLayers},
  {"OLLAMA_NUM_THREAD", "", kThreads}, {"OLLAMA_NUM_THREADS", "", kThreads},
  {"OLLAMA_THREADS", "", kThreads},
  {"OLLAMA_NUM_CTX", "OLLAMA_CONTEXT_LENGTH", ""}, {"OLLAMA_CTX", "OLLAMA_CONTEXT_LENGTH", ""},
  {"OLLAMA_CTX_SIZE", "OLLAMA_CONTEXT_LENGTH", ""}, {"OLLAMA_CTX_LENGTH", "OLLAMA_CONTEXT_LENGTH", ""},
  {"OLLAMA_CONTEXT_SIZE", "OLLAMA_CONTEXT_LENGTH", ""},
  {"OLLAMA_CONTEXT_WINDOW", "OLLAMA_CONTEXT_LENGTH", ""},
  {"OLLAMA_PORT", "OLLAMA_HOST", ""}, {"OLLAMA_BIND", "OLLAMA_HOST", ""},
  {"OLLAMA_ADDRESS", "OLLAMA_HOST", ""}, {"OLLAMA_LISTEN", "OLLAMA_HOST", ""},
  {"OLLAMA_HOST_PORT", "OLLAMA_HOST", ""},
  {"OLLAMA_FLASH_ATTN", "OLLAMA_FLASH_ATTENTION", ""},
  {"OLLAMA_LOG_LEVEL", "OLLAMA_DEBUG", ""},
  {"OLLAMA_MAX_PARALLEL", "OLLAMA_NUM_PARALLEL", ""},
  {"OLLAMA_MODEL_PATH", "OLLAMA_MODELS", ""}, {"OLLAMA_MODELS_PATH", "OLLAMA_MODELS", ""},
  {"OLLAMA_MODEL_DIR", "OLLAMA_MODELS", ""}, {"OLLAMA_MODELS_DIR", "OLLAMA_MODELS", ""},
  {"OLLAMA_TENSOR_SPLIT", "LLAMA_ARG_TENSOR_SPLIT", ""},
  {"OLLAMA_SPLIT_MODE", "LLAMA_ARG_SPLIT_MODE", ""},
  {"OLLAMA_VISIBLE_DEVICES", "CUDA_VISIBLE_DEVICES", ""},
  {"OLLAMA_GPUS", "CUDA_VISIBLE_DEVICES", ""}, {"CUDA_DEVICES", "CUDA_VISIBLE_DEVICES", ""},
  {"OLLAMA_URL", "", kClients}, {"OLLAMA_BASE_URL", "", kClients},
  {"OLLAMA_API_BASE_URL", "", kClients},
  {"NVIDIA_VISIBLE_DEVICES", "",
   "NVIDIA's container tools read it, Ollama does not: sudo ollama-gpu configure --gpus ..."},
}};
// clang-format on

}  // namespace

const OtherName* find_other_name(std::string_view name) {
  const auto* const found = std::ranges::find(kOtherNames, name, &OtherName::name);
  return found == kOtherNames.end() ? nullptr : found;
}

}  // namespace ollama_gpu
