// SPDX-License-Identifier: MIT
#include "ollama_gpu/presentation/render.hpp"

namespace ollama_gpu {

std::string_view help_schema() {
  return
#include "presentation/schema_text.inc"  // docs/schema.json as a raw string: src/CMakeLists.txt
      ;
}

}  // namespace ollama_gpu
