// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "ollama_gpu/cli/help.hpp"
#include "ollama_gpu/core/finding.hpp"
#include "ollama_gpu/core/settings.hpp"
#include "ollama_gpu/core/suggest.hpp"

// Completion scripts, written from the tables of options and commands.
namespace ollama_gpu::cli {
namespace {

void append_word(std::string& out, std::string_view word) {
  if (!out.empty()) out += ' ';
  out += word;
}

std::string spaced(std::string_view values) {
  std::string out(values);
  for (char& byte : out) {
    if (byte == '|') byte = ' ';
  }
  return out;
}

std::string command_words() {
  std::string out;
  for (const CommandSpec& spec : all_commands()) append_word(out, spec.name);
  return out;
}

std::string option_words(unsigned bit, bool global_only) {
  std::string out;
  for (const OptionSpec& spec : all_options()) {
    if ((spec.commands & bit) == 0 || (global_only && !is_global(spec))) continue;
    append_word(out, spec.name);
    if (!spec.letter.empty()) append_word(out, spec.letter);
  }
  return out;
}

std::string setting_words() {
  std::string out;
  for (const Setting& setting : known_settings()) append_word(out, setting.name);
  return out;
}

// The numbers of the generations there are; every shell runs it when they are asked for.
constexpr std::string_view kGenerations =
    "ollama-gpu rollback --list --quiet 2>/dev/null | sed -n 's/^ *\\([0-9][0-9]*\\) .*/\\1/p'";

std::string code_words() {
  std::string out;
  for (const FindingKind& kind : finding_kinds()) append_word(out, kind.code);
  return out;
}

// What may stand as the value of an option; empty where anything may.
std::string value_words(const OptionSpec& spec) {
  if (spec.name == "--set" || spec.name == "--unset") return setting_words();
  return spec.name == "--ignore" ? code_words() : spaced(spec.values);
}

// What may stand as an operand of a command.
std::string operand_words(const CommandSpec& spec) {
  if (spec.bit == kRollback) return fmt::format("$({})", kGenerations);
  if (spec.bit == kHelp) return spaced(spec.values) + ' ' + command_words() + ' ' + code_words();
  if (!spec.values.empty()) return spaced(spec.values);
  return spec.max_operands > 0 ? setting_words() : std::string();
}

std::string bash_values() {
  std::string out;
  for (const OptionSpec& spec : all_options()) {
    if (spec.arity != Arity::value) continue;
    if (const std::string words = value_words(spec); !words.empty()) {
      out += fmt::format("    {}) words=\"{}\" ;;\n", spec.name, words);
    } else if (spec.complete == Complete::directory) {
      out += fmt::format(
          "    {}) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- \"$current\"); "
          "return ;;\n",
          spec.name);
    } else if (spec.complete == Complete::file) {
      out += fmt::format(
          "    {}) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$current\"); "
          "return ;;\n",
          spec.name);
    } else {
      out += fmt::format("    {}) return ;;\n", spec.name);
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

std::string bash_script() {
  std::string commands;
  for (const CommandSpec& spec : all_commands()) {
    commands += fmt::format("    {}) words=\"{}\"; operands=\"{}\" ;;\n", spec.name,
                            option_words(spec.bit, false), operand_words(spec));
  }
  return fmt::format(R"(# bash completion for ollama-gpu
_ollama_gpu() {{
  local with_value=" {1} "
  local current="${{COMP_WORDS[COMP_CWORD]}}" previous="" command="" words="" operands="" i
  COMPREPLY=()
  if ((COMP_CWORD > 0)); then previous="${{COMP_WORDS[COMP_CWORD - 1]}}"; fi
  # "--name=value" comes as three words.
  if [[ "$current" == "=" ]]; then current=""
  elif [[ "$previous" == "=" ]] && ((COMP_CWORD > 1)); then
    previous="${{COMP_WORDS[COMP_CWORD - 2]}}"
  fi
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
)",
                     bash_values(), value_options(), commands, option_words(kEverywhere, true),
                     command_words());
}

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
  if (spec.arity == Arity::optional_value) out += fmt::format("::{}: ", plain(spec.value_name));
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
  return fmt::format(R"(#compdef ollama-gpu
_ollama_gpu() {{
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
if [ "$funcstack[1]" = "_ollama_gpu" ]; then _ollama_gpu "$@"; else compdef _ollama_gpu ollama-gpu; fi
)",
                     names, zsh_options(kEverywhere, true), cases, kGenerations);
}

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
    const std::string values = value_words(spec);
    if (!values.empty()) out += fmt::format(" -a '{}'", values);
    if (spec.complete == Complete::directory) out += " -a '(__fish_complete_directories)'";
    if (spec.complete == Complete::file) out += " -F";
  }
  return out + fmt::format(" -d {}\n", fish_quoted(spec.help));
}

std::string fish_script() {
  std::string out = "# fish completion for ollama-gpu\ncomplete -c ollama-gpu -f\n";
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

}  // namespace

Result<std::string> completion_script(std::string_view shell) {
  if (shell == "bash") return bash_script();
  if (shell == "zsh") return zsh_script();
  if (shell == "fish") return fish_script();
  const auto meant = closest_match(shell, {"bash", "zsh", "fish"});
  return fail(Errc::usage,
              meant ? fmt::format("no completion for '{}'; did you mean {}?", shell, *meant)
                    : fmt::format("no completion for '{}'", shell),
              "shells: bash, zsh, fish");
}

}  // namespace ollama_gpu::cli
