// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ollama_gpu/core/request.hpp"
#include "ollama_gpu/core/result.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace ollama_gpu::cli {

// What a shell offers as the value, where the fixed values do not say it.
enum class Complete { nothing, file, directory };

// The change of a variable that an option, named so, asks for with a value.
using ToChange = std::function<Result<SettingChange>(const std::string& name, std::string value)>;

// What CLI11 has no place for, kept by option.
struct Extra {
  std::string values = {};  // those that it takes, or those to propose: "auto|index|uuid"
  Complete complete = Complete::nothing;
  bool repeatable = false;
  std::string lacking = {};        // the hint where what it needs is not given
  std::string_view variable = {};  // the one that it writes
  ToChange change = {};
  std::vector<Location> places = {};  // of its first values, which come from a file
};

// All options' extras, and what the value of one was refused for while CLI11 parsed.
struct Notes {
  std::map<const CLI::Option*, Extra> extras = {};
  std::optional<Error> refused = {};
};

// An option just declared, for more to be said of it. Other options are named as "--dry-run".
class Declared {
 public:
  Declared(CLI::App& app, CLI::Option& option, Extra& extra)
      : app_(app), option_(option), extra_(extra) {}

  Declared& only(std::string values);     // "auto|never|always": it takes nothing else
  Declared& propose(std::string values);  // to a shell
  Declared& complete(Complete kind);
  Declared& repeatable();
  Declared& bare(const std::string& value);  // its meaning alone; a value then only after "="
  Declared& excludes(const std::string& other);
  Declared& needs(const std::string& other, std::string lacking);  // the hint without it
  Declared& writes(std::string_view variable, ToChange change);

 private:
  CLI::App& app_;
  CLI::Option& option_;
  Extra& extra_;
};

// Declares the options of one command, each bound to a member of its options.
class Declare {
 public:
  using Take = std::function<Result<void>(const std::string& value)>;

  Declare(CLI::App& app, Notes& notes) : app_(app), notes_(notes) {}

  // In --help, of the options that follow.
  void heading(std::string_view text) { heading_ = text; }

  // `names`: "--dry-run" or "-q,--quiet".
  Declared flag(const std::string& names, bool& member, std::string_view help);
  Declared flag(const std::string& names, std::function<void()> given, std::string_view help);
  Declared value(const std::string& names, const std::string& value_name, Take take,
                 std::string_view help);
  // `lacking`: message and hint where the value is empty.
  Declared text(const std::string& names, const std::string& value_name, std::string& member,
                std::pair<std::string, std::string> lacking, std::string_view help);
  Declared seconds(const std::string& names, std::function<Result<void>(double)> take,
                   std::string_view help);
  template <class T>
  Declared choice(const std::string& names, const std::string& value_name, T& member,
                  std::vector<std::pair<std::string, T>> choices, std::string_view help) {
    std::string values;
    for (const auto& [word, meaning] : choices) values += (values.empty() ? "" : "|") + word;
    const auto take = [&member, choices = std::move(choices)](const std::string& value) {
      for (const auto& [word, meaning] : choices) {
        if (word == value) member = meaning;
      }
      return Result<void>();
    };
    return value(names, value_name, take, help).only(std::move(values));
  }
  // One that sets a variable to its value, and a flag that sets it, or switches it off, so.
  Declared setting(const std::string& name, const std::string& value_name,
                   std::string_view variable, std::string_view help);
  Declared setting_flag(const std::string& name, SettingChange change, std::string_view help);
  // What was declared before `other` means nothing without it.
  void all_so_far_need(const std::string& other, const std::string& lacking);
  // At most so many words that are no options, in --help as "[VARIABLE...]"; `required`: "SHELL".
  Declared operands(const std::string& form, int most, Take take);
  Declared operand(const std::string& form, std::optional<std::string>& member);

 private:
  Declared add(CLI::Option* option);

  CLI::App& app_;
  Notes& notes_;
  std::string heading_ = {};
};

// "5", "0.5" -> seconds; not negative, at most a year.
std::optional<double> parse_seconds(std::string_view text);

}  // namespace ollama_gpu::cli
