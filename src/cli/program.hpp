// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.hpp"
#include "cli/declare.hpp"
#include "cli/options.hpp"

namespace ollama_gpu::cli {

// One option as CLI11 holds it, or the operands of a command.
struct OptionView {
  std::string name;        // "--gpus"
  std::string letter;      // "-q", or ""
  std::string value_name;  // "SELECTOR"; "": a flag
  std::string bare;        // its meaning without a value, which it then takes only after "="
  std::string heading;     // in --help
  std::string help;
  std::size_t most = 1;  // operands: how many
  const Extra* extra;

  bool is_flag() const { return value_name.empty(); }
  bool takes_next_word() const { return !is_flag() && bare.empty(); }
};

// An option of the file of --config; no value: it stands alone.
struct FileOption {
  OptionView option;
  std::optional<std::string> value;
  Location place;
  std::string variable;  // that it decides, or ""
};

// The command line as CLI11 knows it: every command with its options, bound to `options()`.
class Program {
 public:
  Program();
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  Options& options() { return options_; }

  // What a command has of its own; null: the global options.
  std::vector<OptionView> options_of(const Command* command) const;
  std::optional<OptionView> operands_of(const Command& command) const;
  // By name or letter: of a command or global (null: global only); of any command.
  std::optional<OptionView> find_option(const Command* command, const std::string& name) const;
  std::optional<OptionView> find_option(const std::string& name) const;

  // Has CLI11 bind the words that settle_words() gives, and before them those of a file. What can
  // be bound is bound after a failure too. Errc::usage.
  Result<void> parse(const std::vector<std::string>& words,
                     const std::vector<FileOption>& file = {});
  // True where the words parsed last say otherwise than this option of a file, or the same.
  bool decides(const FileOption& option) const;

  // --help of a command (null: of the program), as the formatter that is set makes it.
  CLI::App& app(const Command* command) const;

 private:
  OptionView view_of(const CLI::Option& option) const;
  void bind_the_rest();

  Options options_ = {};
  Notes notes_ = {};
  std::unique_ptr<CLI::App> app_;
};

}  // namespace ollama_gpu::cli
