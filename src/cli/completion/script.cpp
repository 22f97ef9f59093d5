// SPDX-License-Identifier: MIT
#include "cli/completion/script.hpp"

#include <fmt/format.h>

#include "cli/program.hpp"
#include "cli/session.hpp"
#include "ollama_gpu/core/text/suggest.hpp"

namespace ollama_gpu::cli {
namespace {

// bash takes "=" and ":" for the ends of words, and completes what stands behind them.
constexpr const char* kBash = R"sh(# bash completion for ollama-gpu
_ollama_gpu() {
  local line="${COMP_LINE:0:COMP_POINT}" typed="${COMP_WORDS[COMP_CWORD]}" current words
  read -ra words <<< "$line"
  if [[ "$line" == *[[:space:]] ]]; then words+=(""); fi
  if [[ "$typed" == [=:] ]]; then typed=""; fi
  current="${words[-1]}"
  mapfile -t COMPREPLY < <(ollama-gpu __complete "${words[@]:1}" 2> /dev/null)
  case "${COMPREPLY[0]}" in
  :files) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$typed"); return ;;
  :directories) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$typed"); return ;;
  esac
  COMPREPLY=("${COMPREPLY[@]%%$'\t'*}")
  if [[ "${#COMPREPLY[@]}" == 1 && "${COMPREPLY[0]}" == *= ]]; then compopt -o nospace; fi
  COMPREPLY=("${COMPREPLY[@]#"${current%"$typed"}"}")
}
complete -F _ollama_gpu ollama-gpu
)sh";

constexpr const char* kZsh = R"sh(#compdef ollama-gpu
_ollama_gpu() {
  local line offered
  local -a whole open
  offered="$(ollama-gpu __complete "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2> /dev/null)"
  for line in "${(@f)offered}"; do
    case "$line" in
    :files) compset -P '--*='; _files; return ;;
    :directories) compset -P '--*='; _files -/; return ;;
    *=$'\t'* | *=) open+=("${line/$'\t'/:}") ;;
    ?*) whole+=("${line/$'\t'/:}") ;;
    esac
  done
  _describe ollama-gpu whole -- open -S ''
}
if [ "$funcstack[1]" = "_ollama-gpu" ]; then
  _ollama_gpu "$@"
else
  compdef _ollama_gpu ollama-gpu
fi
)sh";

constexpr const char* kFish = R"sh(# fish completion for ollama-gpu
function __ollama_gpu
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -l start (string match -r -- '^--[a-z-]+=' $current)
  set -l path (string replace -r -- '^--[a-z-]+=' '' $current)
  set -l offered (ollama-gpu __complete $words[2..-1] "$current" 2>/dev/null)
  switch "$offered"
    case :files
      set offered "$start"(__fish_complete_path "$path")
    case :directories
      set offered "$start"(__fish_complete_directories "$path")
  end
  string join \n -- $offered
end
complete -c ollama-gpu -f -a '(__ollama_gpu)'
)sh";

}  // namespace

const Command kCompletion{
    "completion",
    "a completion script for bash, zsh or fish",
    "Prints a script that completes commands, options and their values.",
    "ollama-gpu completion bash > /etc/bash_completion.d/ollama-gpu",
    [](Declare& add, Options& options) {
      add.operands("shell", "SHELL", 1, into(options.subject), "bash|zsh|fish");
    },
    [](Session& session) {
      return session.finish_text(completion_script(*session.options().subject));
    }};

Result<std::string> completion_script(std::string_view shell) {
  if (shell == "bash") return kBash;
  if (shell == "zsh") return kZsh;
  if (shell == "fish") return kFish;
  const auto meant = closest_match(shell, {"bash", "zsh", "fish"});
  return fail(Errc::usage,
              meant ? fmt::format("no completion for '{}'; did you mean {}?", shell, *meant)
                    : fmt::format("no completion for '{}'", shell),
              "shells: bash, zsh, fish");
}

}  // namespace ollama_gpu::cli
