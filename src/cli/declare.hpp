// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ollama_gpu/core/result.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace ollama_gpu::cli {

// What a shell offers as the value, where the fixed values do not say it.
enum class Complete { nothing, file, directory };

// What CLI11 has no place for, kept by option.
struct Extra {
  std::string values = {};  // those that it takes, or those to propose: "auto|index|uuid"
  Complete complete = Complete::nothing;
  bool repeatable = false;
  std::string variable = {};          // the one that it writes
  std::string lacking = {};           // the hint where what it needs is not given
  std::vector<Location> places = {};  // of its first values, which come from a file
};

// All options' extras, and why the value of one was refused while CLI11 parsed.
struct Notes {
  std::map<const CLI::Option*, Extra> extras = {};
  std::optional<Error> refused = {};
};

// Declares the options of one command, each bound to a member of its options. Names are
// "--dry-run" or "-q,--quiet"; an option is spoken of by its long name after it was declared.
class Declare {
 public:
  using Take = std::function<Result<void>(const std::string& value)>;

  Declare(CLI::App& app, Notes& notes) : app_(&app), notes_(&notes) {}

  void heading(std::string_view text) { heading_ = text; }  // in --help, of what follows
  Extra& flag(const std::string& names, std::function<void()> given, std::string_view help);
  Extra& flag(const std::string& names, bool& member, std::string_view help);
  Extra& value(const std::string& names, const std::string& value_name, Take take,
               std::string_view help);
  // `lacking`: message and hint where the value is empty.
  Extra& text(const std::string& name, const std::string& value_name, std::string& member,
              std::pair<std::string, std::string> lacking, std::string_view help);
  Extra& seconds(const std::string& name, std::function<Result<void>(double)> take,
                 std::string_view help);
  template <class T>
  void choice(const std::string& name, const std::string& value_name, T& member,
              const std::vector<std::pair<std::string, T>>& choices, std::string_view help) {
    const auto take = [&member, choices](const std::string& value) {
      for (const auto& [word, meaning] : choices) {
        if (word == value) member = meaning;
      }
      return Result<void>();
    };
    value(name, value_name, take, help);
    std::string values;
    for (const auto& [word, meaning] : choices) values += (values.empty() ? "" : "|") + word;
    only(name, values);
  }
  // At most so many words that are no options, in --help as "[VARIABLE...]"; required: "SHELL".
  Extra& operands(const std::string& form, int most, Take take);
  Extra& operand(const std::string& form, std::optional<std::string>& member);

  void only(const std::string& name, const std::string& values);  // "auto|never|always"
  void bare(const std::string& name, const std::string& value);   // its meaning without a value
  void excludes(const std::string& name, const std::string& other);
  void excludes_global(const std::string& other);  // of the whole command
  // `lacking`: the hint without it. The second: all that was declared before.
  void needs(const std::string& name, const std::string& other, const std::string& lacking);
  void all_need(const std::string& other, const std::string& lacking);

  // While CLI11 parses: is this option of the command, or this global one, on the command line?
  bool given(const std::string& name) const;

 private:
  Extra& add(CLI::Option* option);

  CLI::App* app_;
  Notes* notes_;
  std::string heading_ = {};
};

// The options and operands of an App itself: some versions of CLI11 give those of its parent too.
std::vector<const CLI::Option*> own_options(const CLI::App& app);

// Takes seconds, or a text, for a member.
template <class T>
auto into(T& member) {
  return [&member](const auto& value) {
    member = value;
    return Result<void>();
  };
}

// "5", "0.5" -> seconds; not negative, at most a year.
std::optional<double> parse_seconds(std::string_view text);

}  // namespace ollama_gpu::cli
