// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "cli/completion/script.hpp"
#include "cli/completion/words.hpp"

// The completion script for fish.
namespace ollama_gpu::cli {
namespace {

std::string fish_quoted(std::string_view text) {
  std::string out = "'";
  for (const char byte : text) {
    if (byte == '\'' || byte == '\\') out += '\\';
    out += byte;
  }
  return out + '\'';
}

// `command`: the one that has the option; null: it is global.
std::string fish_option(const Program& program, const Command* command, const OptionView& option) {
  std::string out = "complete -c ollama-gpu";
  if (command != nullptr) out += fmt::format(" -n '__fish_seen_subcommand_from {}'", command->name);
  out += fmt::format(" -l {}", option.name.substr(2));
  if (!option.letter.empty()) out += fmt::format(" -s {}", option.letter.substr(1));
  std::string values = value_words(program, option);
  if (option.takes_next_word()) {
    const Complete complete = option.extra->complete;
    out += complete == Complete::nothing ? " -x" : " -r";
    if (takes_gpus(option)) values = "(__ollama_gpu_selector)";
    if (option.name == "--set") values = "(__ollama_gpu_setting)";
    if (complete == Complete::directory) values = "(__fish_complete_directories)";
    if (complete == Complete::file) out += " -F";
  }
  if (!values.empty()) out += fmt::format(" -a '{}'", values);  // of an optional one only after "="
  return out + fmt::format(" -d {}\n", fish_quoted(option.help));
}

std::string fish_helpers(const Program& program) {
  return fmt::format(R"sh(# fish completion for ollama-gpu
function __ollama_gpu_selector
  set -l typed (commandline -ct | string replace -r -- '^--[a-z-]*=' '')
  set -l start (string match -r -- '^.*,' $typed)
  for word in {0} ({1})
    echo "$start$word"
  end
end
function __ollama_gpu_setting
  set -l typed (commandline -ct | string replace -r -- '^--[a-z-]*=' '')
  switch $typed
{3}    case '*'
      for name in {2}
        echo "$name="
      end
  end
end
complete -c ollama-gpu -f
)sh",
                     kSelectorWords, kGpuIds, setting_words(),
                     value_cases(program, "    case '{0}=*'\n      printf '{0}=%s\\n' {1}\n"));
}

}  // namespace

std::string fish_script(const Program& program) {
  std::string out = fish_helpers(program);
  for (const Command* command : all_commands()) {
    out += fmt::format("complete -c ollama-gpu -n __fish_use_subcommand -a {} -d {}\n",
                       command->name, fish_quoted(command->summary));
    std::string operands = operand_words(program, *command);
    if (command->name == "rollback") operands = fmt::format("({})", kGenerations);
    if (!operands.empty()) {
      out += fmt::format("complete -c ollama-gpu -n '__fish_seen_subcommand_from {}' -a {}\n",
                         command->name, fish_quoted(operands));
    }
    for (const OptionView& option : program.options_of(command)) {
      out += fish_option(program, command, option);
    }
  }
  for (const OptionView& option : program.options_of(nullptr)) {
    out += fish_option(program, nullptr, option);
  }
  return out;
}

}  // namespace ollama_gpu::cli
