// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "completion_words.hpp"

// The completion script for bash.
namespace ollama_gpu::cli {
namespace {

std::string bash_value(const OptionSpec& spec) {
  if (takes_gpus(spec)) return "_ollama_gpu_selector \"$current\"; return";
  if (spec.name == "--set") return "_ollama_gpu_setting \"$current\"; return";
  if (const std::string words = value_words(spec); !words.empty()) {
    return fmt::format("words=\"{}\"", words);
  }
  if (spec.complete == Complete::nothing) return "return";
  return fmt::format(
      "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -{} -- \"$current\"); return",
      spec.complete == Complete::directory ? 'd' : 'f');
}

std::string bash_values() {
  std::string out;
  for (const OptionSpec& spec : all_options()) {
    if (spec.arity == Arity::value) {
      out += fmt::format("    {}) {} ;;\n", spec.name, bash_value(spec));
    } else if (spec.arity == Arity::optional_value) {  // only after "="
      out += fmt::format("    {}) if [[ -n \"$equals\" ]]; then words=\"{}\"; fi ;;\n", spec.name,
                         value_words(spec));
    }
  }
  return out;
}

std::string value_options() {
  std::string out;
  for (const OptionSpec& spec : all_options()) {
    if (spec.arity == Arity::value) append_word(out, spec.name);
  }
  return out;
}

// A selector is a list; each word of it is completed.
std::string bash_helpers() {
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
                     kSelectorWords, kGpuIds, setting_words(), value_cases("    {}) echo {} ;;\n"));
}

}  // namespace

std::string bash_script() {
  std::string commands;
  for (const CommandSpec& spec : all_commands()) {
    commands += fmt::format("    {}) words=\"{}\"; operands=\"{}\" ;;\n", spec.name,
                            option_words(spec.bit, false), operand_words(spec));
  }
  return bash_helpers() + fmt::format(R"sh(_ollama_gpu() {{
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
                                      bash_values(), value_options(), commands,
                                      option_words(kEverywhere, true), command_words());
}

}  // namespace ollama_gpu::cli
