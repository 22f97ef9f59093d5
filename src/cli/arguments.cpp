// SPDX-License-Identifier: MIT
#include "cli/arguments.hpp"

#include "cli/config_file.hpp"
#include "cli/program.hpp"
#include "cli/settle_words.hpp"

namespace ollama_gpu::cli {
namespace {

using Words = std::vector<std::string>;

Result<void> parse(Program& program, const Settled& settled,
                   const std::vector<FileOption>& file = {}) {
  auto parsed = program.parse(settled.words, file);
  if (!settled.refused) return parsed;
  Error refused = *settled.refused;
  refused.location = program.place_of(refused.message);
  return Failure(std::move(refused));
}

// The words once more, behind the options of the file that they do not decide.
Result<void> parse_with_file(Program& program, const Words& arguments) {
  auto file = read_config(program, *program.options().config);
  if (!file) return Failure(file.error());
  std::erase_if(*file, [&](const FileOption& option) { return program.decides(option); });
  Words words;
  for (const FileOption& option : *file) words.push_back(option.word);
  words.insert(words.end(), arguments.begin(), arguments.end());
  return parse(program, settle_words(program, words), *file);
}

}  // namespace

Invocation read_arguments(const Words& arguments) {
  if (arguments.empty()) {
    Invocation overview = read_arguments({"status"});
    overview.options.brief = true;
    return overview;
  }
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
