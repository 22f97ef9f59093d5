// SPDX-License-Identifier: MIT
#include "cli/arguments.hpp"

#include "cli/config_file.hpp"
#include "cli/mask.hpp"
#include "cli/program.hpp"
#include "cli/settle_words.hpp"

namespace ollama_gpu::cli {
namespace {

Result<void> parse(Program& program, const Settled& settled) {
  const auto parsed = program.parse(settled.words);
  return settled.refused ? Result<void>(Failure(*settled.refused)) : parsed;
}

// The words once more, behind the options of the file that they do not decide.
Result<void> parse_with_file(Program& program, std::vector<std::string> words) {
  auto file = read_config(program, *program.options().config);
  if (!file) return Failure(file.error());
  std::erase_if(*file, [&](const FileOption& option) { return program.decides(option); });
  for (std::size_t i = 0; i < file->size(); ++i) {
    words.insert(words.begin() + static_cast<std::ptrdiff_t>(i), (*file)[i].word);
  }
  return program.parse(settle_words(program, words).words, *file);
}

}  // namespace

Invocation read_arguments(const std::vector<std::string>& arguments) {
  Program program;
  const Settled settled = settle_words(program, arguments);
  auto parsed = parse(program, settled);
  if (parsed && program.options().config) parsed = parse_with_file(program, arguments);
  Invocation out{settled.command, program.options(), std::nullopt};
  if (!parsed) out.error = parsed.error();
  if (out.options.help || out.options.version) {
    out.error = out.command == nullptr ? settled.refused : std::nullopt;
  }
  out.options.global.command_line = masked_command_line(arguments);
  return out;
}

}  // namespace ollama_gpu::cli
