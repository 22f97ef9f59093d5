// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "ollama_gpu/core/gpu/gpu.hpp"
#include "ollama_gpu/core/gpu/selector.hpp"
#include "ollama_gpu/core/ollama/model_memory.hpp"
#include "ollama_gpu/core/systemd/environment.hpp"

namespace ollama_gpu {

// What is known when somebody changes what decides where models lie and how much they take.
struct AdviceFacts {
  bool spread = false;                      // OLLAMA_SCHED_SPREAD is being switched on
  std::vector<SelectedDevice> before = {};  // what the process may use now
  std::vector<SelectedDevice> after = {};   // what it may use then
  EffectiveEnvironment now = {};
  EffectiveEnvironment then = {};
  std::vector<StoredModel> models = {};  // those installed; empty: not known
};

struct Advice {
  std::string text;
  std::string of = {};   // the variable that it explains; empty: the selection as a whole
  bool in_full = false;  // figures behind another line: for the long form
};

// What to expect of it, from these figures, one line each; none where there is nothing to say.
// Rules: Ollama server/sched.go (placement), server/routes.go (default context).
std::vector<Advice> selection_advice(const AdviceFacts& facts, const Inventory& inventory);

// In model_advice.cpp: what the models take of GPUs of these sizes in bytes, whether each fits on
// one of them or on all, and whether they fit beside each other.
std::vector<Advice> model_advice(const std::vector<StoredModel>& models,
                                 const ContextSettings& context,
                                 const std::vector<std::uint64_t>& gpus, bool spread);

}  // namespace ollama_gpu
