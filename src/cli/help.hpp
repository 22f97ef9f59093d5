// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "cli/commands.hpp"
#include "ollama_gpu/presentation/stream_messages.hpp"

namespace ollama_gpu::cli {

// `--help`: of the program (null) or of a command.
std::string help_text(const Command* command, const Style& style);

// `help TOPIC`: a command, exit-codes, selectors, findings or a finding's code; Errc::usage for
// anything else.
Result<std::string> help_on(std::string_view topic, const Style& style);

// "ollama-gpu 0.1.0 (abc1234)".
std::string version_text();

}  // namespace ollama_gpu::cli
