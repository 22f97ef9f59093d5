// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "ollama_gpu/core/drop_in/request.hpp"

// Every command and option there is, once: the parser, --help, the completions, the file of
// --config and the test of the manual page all read these tables.
namespace ollama_gpu::cli {

// How an option takes a value. `optional_value`: only after "=".
enum class Arity { flag, value, optional_value };

// The commands that an option belongs to, as a set of bits.
enum Commands : unsigned {
  kConfigure = 1,
  kReset = 2,
  kStatus = 4,
  kShow = 8,
  kVerify = 16,
  kGpus = 32,
  kSettings = 64,
  kCompletion = 128,
  kHelp = 256,
  kRollback = 512,
  kDoctor = 1024,
  kWait = 2048,
  kEverywhere = 4095,  // a global option
};

// What a shell offers as the value, where `values` does not say it.
enum class Complete { nothing, file, directory };

// Where an option sets a variable: which, how, and to what when the option has no value of its own.
struct Writes {
  std::string_view variable;
  SettingChange::Kind kind;
  std::string_view value;
};

struct OptionSpec {
  std::string_view name;    // "--gpus"
  std::string_view letter;  // "-q", or ""
  Arity arity = Arity::flag;
  std::string_view value_name;  // "SELECTOR"
  std::string_view values;      // the fixed values, "auto|index|uuid", or ""
  Complete complete = Complete::nothing;
  unsigned commands = kEverywhere;
  bool repeatable = false;
  std::string_view excludes;  // an option that contradicts it
  std::string_view heading;   // in --help
  std::string_view help;
  std::optional<Writes> writes = {};
};

struct CommandSpec {
  Commands bit;
  std::string_view name;
  std::string_view operands;  // "[VARIABLE...]", or ""
  std::size_t max_operands;
  std::string_view values;       // fixed operands, "bash|zsh|fish", or ""
  std::string_view summary;      // one line
  std::string_view description;  // for its --help
  std::string_view examples;     // one a line
};

std::span<const OptionSpec> all_options();
std::span<const CommandSpec> all_commands();

const CommandSpec* find_command(std::string_view name);
// By long name or letter, of any command.
const OptionSpec* find_option(std::string_view name);
// The same, among those of one command (and the global ones).
const OptionSpec* find_option(std::string_view name, unsigned command);

inline bool is_global(const OptionSpec& option) { return option.commands == kEverywhere; }

}  // namespace ollama_gpu::cli
