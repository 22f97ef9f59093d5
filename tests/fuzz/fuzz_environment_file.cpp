// SPDX-License-Identifier: MIT
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "ollama_gpu/core/systemd/environment.hpp"
#include "ollama_gpu/core/text/utf8.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const unsigned version : {252U, 254U}) {
    const ollama_gpu::EnvironmentFile file =
        ollama_gpu::parse_environment_file("/fuzz.env", text, version);
    require(!file.invalid || (file.assignments.empty() && !file.dropped.empty()));
    for (const ollama_gpu::Assignment& assignment : file.assignments) {
      require(ollama_gpu::is_variable_name(assignment.name));
      require(ollama_gpu::is_valid_utf8(assignment.value));
      require(assignment.source.line > 0 && assignment.source.column > 0);
    }
  }
  return 0;
}
