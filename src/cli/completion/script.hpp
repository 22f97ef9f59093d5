// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu::cli {

// A script for bash, zsh or fish, which asks __complete; Errc::usage for another shell.
Result<std::string> completion_script(std::string_view shell);

// `ollama-gpu __complete WORD...`, in complete.cpp: what may stand for the last of these words,
// one a line, with a tab and a help text where there is one; ":files" or ":directories" where the
// shell knows better. Prints nothing where something fails. Gives the exit code.
int complete(std::vector<std::string> words);

}  // namespace ollama_gpu::cli
