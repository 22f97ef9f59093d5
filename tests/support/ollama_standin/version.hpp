// SPDX-License-Identifier: MIT
// The versions of Ollama whose behaviour differs in a way that can be seen from outside.
#pragma once

#include <compare>
#include <string>

namespace ollama_standin {

struct Version {
  int major = 0;
  int minor = 33;
  int patch = 0;
  auto operator<=>(const Version&) const = default;

  // Models run in llama-server; Vulkan is on by default.
  bool has_llama_server() const { return *this >= Version{0, 30, 0}; }
  // GPUs are found by running `ollama runner`.
  bool has_runner() const { return *this >= Version{0, 12, 4}; }
  bool logs_filter_id() const { return *this >= Version{0, 12, 11}; }
  bool logs_default_context() const { return *this >= Version{0, 15, 5}; }
  bool logs_config_structured() const { return *this >= Version{0, 7, 0}; }
};

}  // namespace ollama_standin
