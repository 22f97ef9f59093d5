// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/declare.hpp"
#include "cli/options.hpp"

namespace ollama_gpu::cli {

// An option of the file of --config.
struct FileOption {
  std::string word;  // as on the command line: "--gpus=all", "--no-spread"
  Location place;
  std::string variable;  // that it decides, or ""
};

// The command line as CLI11 knows it: every command with its options, bound to `options()`.
class Program {
 public:
  Program();

  Options& options() { return options_; }

  // What a command has of its own; null: the global options.
  std::vector<const CLI::Option*> options_of(const Command* command) const;
  const CLI::Option* operands_of(const Command& command) const;  // null: none
  // By name or letter: of a command or global (null: global only); of any command. Or null.
  const CLI::Option* find_option(const Command* command, const std::string& name) const;
  const CLI::Option* find_option(const std::string& name) const;
  // Those that an option takes, or to propose: "auto|never".
  const std::string& values_of(const CLI::Option& option) const {
    return notes_.values.at(&option);
  }

  // Has CLI11 bind the words that settle_words() gives; `file` says which of them are a file's.
  // What can be bound is bound after a failure too. Errc::usage.
  Result<void> parse(std::vector<std::string> words, const std::vector<FileOption>& file = {});
  // True where the words parsed last say otherwise than this option of a file, or the same.
  bool decides(const FileOption& option) const;

  // Where in the file the option stands with which a message begins.
  std::optional<Location> place_of(const std::string& message) const;

  CLI::App& app(const Command* command) const;  // null: of the program

 private:
  void bind_the_rest();

  Options options_ = {};
  Notes notes_ = {};
  std::unique_ptr<CLI::App> app_;
};

inline bool is_flag(const CLI::Option& option) { return option.get_type_name().empty(); }

// Its meaning without a value, which it then takes only after "="; or "".
inline std::string bare_of(const CLI::Option& option) { return option.get_default_str(); }

inline bool takes_next_word(const CLI::Option& option) {
  return !is_flag(option) && bare_of(option).empty();
}

}  // namespace ollama_gpu::cli
