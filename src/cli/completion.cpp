// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "completion_words.hpp"
#include "ollama_gpu/cli/help.hpp"
#include "ollama_gpu/core/text/suggest.hpp"

namespace ollama_gpu::cli {

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
