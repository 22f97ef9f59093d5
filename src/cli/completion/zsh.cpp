// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "cli/completion/script.hpp"
#include "cli/completion/words.hpp"

// The completion script for zsh.
namespace ollama_gpu::cli {
namespace {

// A text for single quotes in zsh's _arguments or in fish.
std::string plain(std::string_view text) {
  std::string out;
  for (const char byte : text) {
    if (byte == '\'') {
      out += "'\\''";
    } else if (byte == '[' || byte == ']' || byte == ':') {
      out += std::string("\\") + byte;
    } else {
      out += byte;
    }
  }
  return out;
}

std::string zsh_value(const Program& program, const OptionView& option) {
  if (takes_gpus(option)) return fmt::format(":{}:_ollama_gpu_selector", plain(option.value_name));
  if (option.name == "--set")
    return fmt::format(":{}:_ollama_gpu_setting", plain(option.value_name));
  if (const std::string words = value_words(program, option); !words.empty())
    return fmt::format(":{}:({})", plain(option.value_name), words);
  if (option.extra->complete == Complete::directory) return ":directory:_files -/";
  if (option.extra->complete == Complete::file) return ":file:_files";
  return fmt::format(":{}: ", plain(option.value_name));
}

std::string zsh_option(const Program& program, const OptionView& option, std::string_view name) {
  const std::string_view star = option.extra->repeatable ? "*" : "";
  std::string out = fmt::format("      '{}{}", star, name);
  if (option.takes_next_word() && name.size() > 2) out += '=';
  if (!option.bare.empty()) out += "=-";
  out += fmt::format("[{}]", plain(option.help));
  if (option.takes_next_word()) out += zsh_value(program, option);
  if (!option.bare.empty()) {
    out += fmt::format("::{}:({})", plain(option.value_name), value_words(program, option));
  }
  return out + "' \\\n";
}

std::string zsh_options(const Program& program, const Command* command) {
  std::string out;
  for (const OptionView& option : options_for(program, command)) {
    out += zsh_option(program, option, option.name);
    if (!option.letter.empty()) out += zsh_option(program, option, option.letter);
  }
  return out;
}

std::string zsh_helpers(const Program& program) {
  return fmt::format(R"sh(#compdef ollama-gpu
_ollama_gpu_selector() {{
  local -a choices
  compset -P '*,'
  choices=({0} ${{(f)"$({1})"}})
  compadd -- ${{choices:#*=}}
  compadd -S '' -- ${{(M)choices:#*=}}
}}
_ollama_gpu_setting() {{
  local -a names
  names=({2})
  if ! compset -P '*='; then
    compadd -S = -- $names
    return
  fi
  case "$IPREFIX" in
{3}  esac
}}
)sh",
                     kSelectorWords, kGpuIds, setting_words(),
                     value_cases(program, "  *{}=) compadd -- {} ;;\n"));
}

}  // namespace

std::string zsh_script(const Program& program) {
  std::string names;
  std::string cases;
  for (const Command* command : all_commands()) {
    names += fmt::format("    '{}:{}'\n", command->name, plain(command->summary));
    const std::string operands = operand_words(program, *command);
    std::string rest = operands.empty() ? "" : fmt::format("'*:operand:({})'", operands);
    if (command->name == "rollback") rest = "\"1:generation:($generations)\"";
    cases += fmt::format("    {})\n      _arguments -s \\\n{}      {}\n      ;;\n", command->name,
                         zsh_options(program, command), rest);
  }
  return zsh_helpers(program) + fmt::format(R"sh(_ollama_gpu() {{
  local context state line
  local -a commands generations
  if [[ "${{words[(r)rollback]}}" == rollback ]]; then generations=($({3})); fi
  commands=(
{0}  )
  _arguments -s -C \
{1}      '1:command:->command' '*::operand:->operand' && return
  case "$state" in
  command) _describe command commands ;;
  operand)
    case "${{line[1]}}" in
{2}    esac
    ;;
  esac
}}
if [ "$funcstack[1]" = "_ollama-gpu" ]; then _ollama_gpu "$@"; else compdef _ollama_gpu ollama-gpu; fi
)sh",
                                            names, zsh_options(program, nullptr), cases,
                                            kGenerations);
}

}  // namespace ollama_gpu::cli
