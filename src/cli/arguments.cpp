// SPDX-License-Identifier: MIT
#include "cli/arguments.hpp"

#include "cli/config_file.hpp"
#include "cli/mask.hpp"
#include "cli/program.hpp"
#include "cli/settle_words.hpp"

namespace ollama_gpu::cli {
namespace {

// The words once more, behind the options of the file that they do not decide.
Result<void> parse_with_file(Program& program, const std::vector<std::string>& words) {
  auto file = read_config(program, *program.options().config);
  if (!file) return Failure(file.error());
  std::erase_if(*file, [&](const FileOption& option) { return program.decides(option); });
  return program.parse(words, *file);
}

Result<void> parse(Program& program, const Settled& settled) {
  auto parsed = program.parse(settled.words);
  if (settled.refused) return Failure(*settled.refused);
  if (!parsed) return parsed;
  if (!program.options().config) return {};
  return parse_with_file(program, settled.words);
}

}  // namespace

Invocation read_arguments(const std::vector<std::string>& arguments) {
  Program program;
  const Settled settled = settle_words(program, arguments);
  const auto parsed = parse(program, settled);
  Invocation out{settled.command, program.options(), std::nullopt};
  if (!parsed) out.error = parsed.error();
  if (out.options.help || out.options.version) {
    out.error = out.command == nullptr ? settled.refused : std::nullopt;
  }
  out.options.global.command_line = masked_command_line(arguments);
  return out;
}

}  // namespace ollama_gpu::cli
