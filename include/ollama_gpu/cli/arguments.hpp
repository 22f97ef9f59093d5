// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ollama_gpu/app/options.hpp"
#include "ollama_gpu/cli/option_table.hpp"
#include "ollama_gpu/core/result.hpp"
#include "ollama_gpu/ports/messages.hpp"

namespace ollama_gpu::cli {

// One option as given, on the command line or (with a place) in the file of --config. `spec` points
// into the table.
struct GivenOption {
  const OptionSpec* spec = nullptr;
  std::optional<std::string> value = {};
  std::optional<Location> place = {};

  // As typed, for messages: "--gpus", or "gpus" of a file.
  std::string name() const;
};

// The arguments read by the grammar of the table; options not yet interpreted.
struct ParsedWords {
  const CommandSpec* command = nullptr;  // null: none was given
  std::vector<GivenOption> options = {};
  std::vector<std::string> operands = {};
};

// First pass, before CLI11: which words are commands, options, values and operands. It knows what
// CLI11 does not: a value only after "=", no value for a flag, and what a mistyped word may mean.
// Errc::usage.
Result<ParsedWords> read_words(const std::vector<std::string>& arguments);

// Second pass: CLI11 holds the options to the table (exclusions, fixed values, operands).
Result<void> check_with_cli11(const ParsedWords& words);

// The whole command line, ready to run.
struct Invocation {
  const CommandSpec* command = nullptr;  // null with --help or --version alone
  bool help = false;
  bool version = false;
  bool json = false;
  ports::Verbosity verbosity = ports::Verbosity::normal;
  std::string color = "auto";
  app::GlobalOptions global = {};
  app::ConfigureOptions configure = {};          // for reset and rollback: its `change`
  std::optional<std::uint64_t> generation = {};  // the operand of rollback
  bool list = false;                             // rollback --list
  app::DoctorOptions doctor = {};
  bool github = false;  // --format github
  app::VerifyOptions verify = {};
  app::WaitOptions wait = {};
  bool watch = false;  // status
  std::vector<std::string> operands = {};
};

// Both passes, the file of --config, and every value converted. Errc::usage.
Result<Invocation> parse_arguments(const std::vector<std::string>& arguments);

// What errors need before the arguments are understood: is --json among them, and which command.
bool wants_json(const std::vector<std::string>& arguments);
std::string_view command_named(const std::vector<std::string>& arguments);

// The command line as kept with a generation: values that look like secrets are replaced by ***.
std::string masked_command_line(const std::vector<std::string>& arguments);

}  // namespace ollama_gpu::cli
