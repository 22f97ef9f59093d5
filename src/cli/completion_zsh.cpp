// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "completion_words.hpp"

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

std::string zsh_value(const OptionSpec& spec) {
  if (takes_gpus(spec)) return fmt::format(":{}:_ollama_gpu_selector", plain(spec.value_name));
  if (spec.name == "--set") return fmt::format(":{}:_ollama_gpu_setting", plain(spec.value_name));
  if (const std::string words = value_words(spec); !words.empty())
    return fmt::format(":{}:({})", plain(spec.value_name), words);
  if (spec.complete == Complete::directory) return ":directory:_files -/";
  if (spec.complete == Complete::file) return ":file:_files";
  return fmt::format(":{}: ", plain(spec.value_name));
}

std::string zsh_option(const OptionSpec& spec, std::string_view name) {
  const std::string_view star = spec.repeatable ? "*" : "";
  std::string out = fmt::format("      '{}{}", star, name);
  if (spec.arity == Arity::value && name.size() > 2) out += '=';
  if (spec.arity == Arity::optional_value) out += "=-";
  out += fmt::format("[{}]", plain(spec.help));
  if (spec.arity == Arity::value) out += zsh_value(spec);
  if (spec.arity == Arity::optional_value) {
    out += fmt::format("::{}:({})", plain(spec.value_name), value_words(spec));
  }
  return out + "' \\\n";
}

std::string zsh_options(unsigned bit, bool global_only) {
  std::string out;
  for (const OptionSpec& spec : all_options()) {
    if ((spec.commands & bit) == 0 || (global_only && !is_global(spec))) continue;
    out += zsh_option(spec, spec.name);
    if (!spec.letter.empty()) out += zsh_option(spec, spec.letter);
  }
  return out;
}

std::string zsh_helpers() {
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
                     value_cases("  *{}=) compadd -- {} ;;\n"));
}

}  // namespace

std::string zsh_script() {
  std::string names;
  std::string cases;
  for (const CommandSpec& spec : all_commands()) {
    names += fmt::format("    '{}:{}'\n", spec.name, plain(spec.summary));
    const std::string operands = operand_words(spec);
    std::string rest = operands.empty() ? "" : fmt::format("'*:operand:({})'", operands);
    if (spec.bit == kRollback) rest = "\"1:generation:($generations)\"";
    cases += fmt::format("    {})\n      _arguments -s \\\n{}      {}\n      ;;\n", spec.name,
                         zsh_options(spec.bit, false), rest);
  }
  return zsh_helpers() + fmt::format(R"sh(_ollama_gpu() {{
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
                                     names, zsh_options(kEverywhere, true), cases, kGenerations);
}

}  // namespace ollama_gpu::cli
