// SPDX-License-Identifier: MIT
#include "cli/completion/script.hpp"

#include <fmt/format.h>

#include "cli/program.hpp"
#include "cli/session.hpp"
#include "ollama_gpu/core/text/suggest.hpp"

namespace ollama_gpu::cli {

const Command kCompletion{
    "completion",
    "a completion script for bash, zsh or fish",
    "Prints a script that completes commands, options and their values.",
    "ollama-gpu completion bash > /etc/bash_completion.d/ollama-gpu",
    [](Declare& add, Options& options) {
      add.operand("SHELL", options.subject).values = "bash|zsh|fish";
    },
    [](Session& session) {
      return session.finish_text(completion_script(*session.options().subject));
    }};

Result<std::string> completion_script(std::string_view shell) {
  const Program program;
  if (shell == "bash") return bash_script(program);
  if (shell == "zsh") return zsh_script(program);
  if (shell == "fish") return fish_script(program);
  const auto meant = closest_match(shell, {"bash", "zsh", "fish"});
  return fail(Errc::usage,
              meant ? fmt::format("no completion for '{}'; did you mean {}?", shell, *meant)
                    : fmt::format("no completion for '{}'", shell),
              "shells: bash, zsh, fish");
}

}  // namespace ollama_gpu::cli
