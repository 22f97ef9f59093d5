// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/options.hpp"

namespace ollama_gpu::cli {

// The whole command line, ready to run; or, with `error`, what of it says how to tell that.
struct Invocation {
  const Command* command = nullptr;  // null: with an error, or with --help or --version alone
  Options options = {};
  std::optional<Error> error = {};  // Errc::usage
};

// --help and --version stand before what is wrong beside them.
Invocation read_arguments(const std::vector<std::string>& arguments);

// In mask.cpp: the command line as kept with a generation; values that look like secrets are
// replaced by ***.
std::string masked_command_line(const std::vector<std::string>& arguments);

}  // namespace ollama_gpu::cli
