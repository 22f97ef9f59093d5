// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu::cli {

// What CLI11 has no place for.
struct Notes {
  // The values that an option takes, or those to propose: "auto|index|uuid".
  std::map<const CLI::Option*, std::string> values = {};
  // Of an option's first values, which come from a file.
  std::map<const CLI::Option*, std::vector<Location>> places = {};
  // Why a value was refused while CLI11 parsed; no hint: the command's --help.
  std::optional<Error> refused = {};
};

// Declares the options of one command, each bound to a member of its options. Names are
// "--dry-run" or "-q,--quiet".
class Declare {
 public:
  template <class T>
  using Take = std::function<Result<void>(const T& value)>;

  Declare(CLI::App& app, Notes& notes) : app_(&app), notes_(&notes) {}

  void heading(std::string_view text) { heading_ = text; }  // in --help, of what follows
  CLI::Option* flag(const std::string& names, std::function<void()> given, std::string_view help);
  CLI::Option* flag(const std::string& names, bool& member, std::string_view help);
  // `values`: some to propose.
  CLI::Option* value(const std::string& name, const std::string& value_name, Take<std::string> take,
                     std::string_view help, std::string values = {});
  CLI::Option* seconds(const std::string& name, Take<double> take, std::string_view help);
  template <class T>
  CLI::Option* choice(const std::string& name, const std::string& value_name, Take<T> take,
                      const std::vector<std::pair<std::string, T>>& choices,
                      std::string_view help) {
    std::string values;
    for (const auto& [word, meaning] : choices) values += (values.empty() ? "" : "|") + word;
    const auto chosen = [=](const std::string& value) {
      for (const auto& [word, meaning] : choices) {
        if (word == value) return take(meaning);
      }
      return not_taken(name, values, value);
    };
    return value(name, value_name, chosen, help, values);
  }
  // At most so many words that are no options, in --help as "[VARIABLE...]"; required: "SHELL".
  CLI::Option* operands(const std::string& name, const std::string& form, int most,
                        Take<std::string> take, std::string values = {});

  // While CLI11 parses: is this option of the command, or this global one, on the command line?
  bool given(const std::string& name) const;
  CLI::App& app() { return *app_; }

 private:
  static Result<void> not_taken(const std::string& name, const std::string& values,
                                const std::string& value);

  CLI::App* app_;
  Notes* notes_;
  std::string heading_ = "Operands";  // CLI11 has no name for what is in no group
};

// The options and operands of an App itself: some versions of CLI11 give those of its parent too.
std::vector<const CLI::Option*> own_options(const CLI::App& app);

// Takes what is given for a member.
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
