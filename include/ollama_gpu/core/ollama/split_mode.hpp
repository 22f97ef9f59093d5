// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

// How llama-server lays a model over several GPUs (llama.cpp's --split-mode): layer by layer, or in
// mode tensor a part of every layer on every GPU. Rules: llama.cpp src/llama-context.cpp,
// src/llama-arch.cpp (llm_arch_supports_sm_tensor), docs/multi-gpu.md.
namespace ollama_gpu {

inline constexpr std::string_view kSplitMode = "LLAMA_ARG_SPLIT_MODE";
inline constexpr std::string_view kTensor = "tensor";

// False for architectures that llama.cpp refuses to load in that mode: those of the llama.cpp in
// Ollama 0.33 and 0.34 together. Others may be refused by other versions.
bool can_split_by_tensor(std::string_view architecture);

}  // namespace ollama_gpu
