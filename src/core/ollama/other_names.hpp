// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace ollama_gpu {

// A name that people and other programs use, and that no Ollama reads.
struct OtherName {
  std::string_view name;
  std::string_view meant;   // the setting that does it; empty: there is none
  std::string_view advice;  // what to do where there is none
};

// The entry of that name, or null.
const OtherName* find_other_name(std::string_view name);

}  // namespace ollama_gpu
