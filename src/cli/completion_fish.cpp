// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "completion_words.hpp"

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

std::string fish_option(const OptionSpec& spec) {
  std::string out = "complete -c ollama-gpu";
  if (!is_global(spec)) {
    std::string takers;
    for (const CommandSpec& command : all_commands()) {
      if ((spec.commands & command.bit) != 0) append_word(takers, command.name);
    }
    out += fmt::format(" -n '__fish_seen_subcommand_from {}'", takers);
  }
  out += fmt::format(" -l {}", spec.name.substr(2));
  if (!spec.letter.empty()) out += fmt::format(" -s {}", spec.letter.substr(1));
  if (spec.arity == Arity::value) {
    out += spec.complete == Complete::nothing ? " -x" : " -r";
    std::string values = value_words(spec);
    if (takes_gpus(spec)) values = "(__ollama_gpu_selector)";
    if (spec.name == "--set") values = "(__ollama_gpu_setting)";
    if (!values.empty()) out += fmt::format(" -a '{}'", values);
    if (spec.complete == Complete::directory) out += " -a '(__fish_complete_directories)'";
    if (spec.complete == Complete::file) out += " -F";
  }
  if (spec.arity == Arity::optional_value && !value_words(spec).empty()) {
    out += fmt::format(" -a '{}'", value_words(spec));  // only after "="
  }
  return out + fmt::format(" -d {}\n", fish_quoted(spec.help));
}

std::string fish_helpers() {
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
                     value_cases("    case '{0}=*'\n      printf '{0}=%s\\n' {1}\n"));
}

}  // namespace

std::string fish_script() {
  std::string out = fish_helpers();
  for (const CommandSpec& spec : all_commands()) {
    out += fmt::format("complete -c ollama-gpu -n __fish_use_subcommand -a {} -d {}\n", spec.name,
                       fish_quoted(spec.summary));
    const std::string operands = operand_words(spec);
    if (operands.empty()) continue;
    const std::string words = spec.bit == kRollback ? fmt::format("({})", kGenerations) : operands;
    out += fmt::format("complete -c ollama-gpu -n '__fish_seen_subcommand_from {}' -a {}\n",
                       spec.name, fish_quoted(words));
  }
  for (const OptionSpec& spec : all_options()) out += fish_option(spec);
  return out;
}

}  // namespace ollama_gpu::cli
