// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu::cli {

class Program;

// A script for bash, zsh or fish; Errc::usage for another shell.
Result<std::string> completion_script(std::string_view shell);

// In bash.cpp, zsh.cpp and fish.cpp:
std::string bash_script(const Program& program);
std::string zsh_script(const Program& program);
std::string fish_script(const Program& program);

}  // namespace ollama_gpu::cli
