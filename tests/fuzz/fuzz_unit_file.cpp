// SPDX-License-Identifier: MIT
#include <cstdint>
#include <cstdlib>
#include <string>

#include "ollama_gpu/core/systemd/environment.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const ollama_gpu::UnitFile& file) {
  for (const ollama_gpu::Directive& directive : file.directives) {
    require(!directive.section.empty() && !directive.key.empty());
    require(directive.position.line > 0 && directive.position.column > 0);
    require(directive.at(directive.value.size()).line >= directive.at(0).line);
  }
  for (const ollama_gpu::ParseProblem& problem : file.problems) {
    require(problem.position.line > 0 && problem.position.column > 0);
    locate(file, problem.position);
  }
  require(!file.aborted || (!file.problems.empty() && file.problems.back().fatal));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const ollama_gpu::UnitFile file = ollama_gpu::parse_unit_file("/fuzz.service", text);
  require(file.bytes == text);
  check(file);
  const auto name = ollama_gpu::UnitName::parse("fuzz-unit@i");
  const ollama_gpu::UnitEnvironment unit =
      ollama_gpu::merge_environment({file, file}, {"", {}, ollama_gpu::specifiers_of(*name)});
  for (const ollama_gpu::Assignment& assignment : unit.environment) {
    require(ollama_gpu::is_variable_name(assignment.name));
    require(assignment.source.line > 0 && assignment.source.column > 0);
  }
  ollama_gpu::effective_environment(unit, {}, {});
  return 0;
}
