// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "cli/completion/script.hpp"
#include "cli/completion/words.hpp"

// The completion script for bash.
namespace ollama_gpu::cli {
namespace {

std::string bash_value(const Program& program, const OptionView& option) {
  if (takes_gpus(option)) return "_ollama_gpu_selector \"$current\"; return";
  if (option.name == "--set") return "_ollama_gpu_setting \"$current\"; return";
  if (const std::string words = value_words(program, option); !words.empty()) {
    return fmt::format("words=\"{}\"", words);
  }
  if (option.extra->complete == Complete::nothing) return "return";
  return fmt::format(
      "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -{} -- \"$current\"); return",
      option.extra->complete == Complete::directory ? 'd' : 'f');
}

std::string bash_values(const Program& program) {
  std::string out;
  for (const OptionView& option : every_option(program)) {
    if (option.takes_next_word()) {
      out += fmt::format("    {}) {} ;;\n", option.name, bash_value(program, option));
    } else if (!option.bare.empty()) {  // only after "="
      out += fmt::format("    {}) if [[ -n \"$equals\" ]]; then words=\"{}\"; fi ;;\n", option.name,
                         value_words(program, option));
    }
  }
  return out;
}

std::string value_options(const Program& program) {
  std::string out;
  for (const OptionView& option : every_option(program)) {
    if (option.takes_next_word()) append_word(out, option.name);
  }
  return out;
}

// A selector is a list; each word of it is completed.
std::string bash_helpers(const Program& program) {
  return fmt::format(R"sh(# bash completion for ollama-gpu
_ollama_gpu_selector() {{
  local start="" last="${{1##*,}}"
  if [[ "$1" == *,* ]]; then start="${{1%,*}},"; fi
  mapfile -t COMPREPLY < <(compgen -P "$start" -W "{0} $({1})" -- "$last")
  if [[ "${{#COMPREPLY[@]}}" == 1 && "${{COMPREPLY[0]}}" == *= ]]; then compopt -o nospace; fi
}}
_ollama_gpu_setting() {{
  compopt -o nospace
  mapfile -t COMPREPLY < <(compgen -S = -W "{2}" -- "$1")
}}
_ollama_gpu_values() {{
  case "$1" in
{3}  esac
}}
)sh",
                     kSelectorWords, kGpuIds, setting_words(),
                     value_cases(program, "    {}) echo {} ;;\n"));
}

}  // namespace

std::string bash_script(const Program& program) {
  std::string commands;
  for (const Command* command : all_commands()) {
    commands += fmt::format("    {}) words=\"{}\"; operands=\"{}\" ;;\n", command->name,
                            option_words(program, command), operand_words(program, *command));
  }
  return bash_helpers(program) + fmt::format(R"sh(_ollama_gpu() {{
  local with_value=" {1} "
  local current="${{COMP_WORDS[COMP_CWORD]}}" previous="" command="" words="" operands="" equals="" i
  COMPREPLY=()
  if ((COMP_CWORD > 0)); then previous="${{COMP_WORDS[COMP_CWORD - 1]}}"; fi
  # "--name=value" comes as three words.
  if [[ "$current" == "=" ]]; then current="" equals="="
  elif [[ "$previous" == "=" ]] && ((COMP_CWORD > 1)); then
    previous="${{COMP_WORDS[COMP_CWORD - 2]}}" equals="="
  fi
  if [[ -n "$equals" ]]; then words="$(_ollama_gpu_values "$previous")"; fi
  case "$previous" in
{0}  esac
  if [[ -n "$words" ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    return
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ "$with_value" == *" ${{COMP_WORDS[i]}} "* ]]; then ((i++)); continue; fi
    case "${{COMP_WORDS[i]}}" in -* | =) ;; *) command="${{COMP_WORDS[i]}}"; break ;; esac
  done
  case "$command" in
{2}    "") words="{3}"; operands="{4}" ;;
  esac
  if [[ "$current" == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  else
    mapfile -t COMPREPLY < <(compgen -W "$operands" -- "$current")
  fi
}}
complete -F _ollama_gpu ollama-gpu
)sh",
                                             bash_values(program), value_options(program), commands,
                                             option_words(program, nullptr), command_words());
}

}  // namespace ollama_gpu::cli
