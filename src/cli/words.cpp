// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "ollama_gpu/cli/arguments.hpp"
#include "unknown_word.hpp"

namespace ollama_gpu::cli {
namespace {

class WordReader {
 public:
  explicit WordReader(const std::vector<std::string>& words) : words_(words) {}

  Result<ParsedWords> read() {
    find_command_word();
    for (at_ = 0; at_ < words_.size(); ++at_) {
      const std::string& word = words_[at_];
      if (at_ == command_at_) {
        if (parsed_.command == nullptr) return unknown_command(word);
        continue;
      }
      Result<void> done;
      if (only_operands_ || word.size() < 2 || word.front() != '-') {
        done = operand(word);
      } else if (word == "--") {
        only_operands_ = true;
      } else if (word.starts_with("--")) {
        done = long_option(word);
      } else {
        done = letters(word);
      }
      if (!done) return Failure(done.error());
    }
    return std::move(parsed_);
  }

 private:
  // The first word that is neither an option nor the value of one.
  void find_command_word() {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      const std::string& word = words_[i];
      if (word == "--") return;
      if (word.empty() || word.front() != '-') {
        command_at_ = i;
        parsed_.command = find_command(word);
        return;
      }
      const OptionSpec* option = find_option(word);
      if (option != nullptr && option->arity == Arity::value) ++i;
    }
  }

  unsigned bit() const {
    return parsed_.command != nullptr ? unsigned{parsed_.command->bit} : unsigned{kEverywhere};
  }

  Result<void> operand(const std::string& word) {
    if (parsed_.command == nullptr) return unknown_command(word);
    if (parsed_.operands.size() < parsed_.command->max_operands) {
      parsed_.operands.push_back(word);
      return {};
    }
    if (auto misplaced = misplaced_value(word)) return Failure(std::move(*misplaced));
    return fail(Errc::usage, fmt::format("{} does not take '{}'", parsed_.command->name, word),
                fmt::format("see ollama-gpu {} --help", parsed_.command->name));
  }

  // A word that was meant for the option before it.
  std::optional<Error> misplaced_value(const std::string& word) const {
    if (parsed_.options.empty()) return std::nullopt;
    const GivenOption& last = parsed_.options.back();
    const std::string_view name = last.spec->name;
    const auto usage = [](std::string message, std::string hint) {
      return Error{Errc::usage, std::move(message), std::move(hint), std::nullopt, 0};
    };
    if (name == "--gpus" && last.value && last_value_at_ && *last_value_at_ + 1 == at_) {
      return usage(fmt::format("--gpus takes one word, but '{}' follows", word),
                   fmt::format("write the list with commas: --gpus {},{}", *last.value, word));
    }
    if (!last_option_at_ || *last_option_at_ + 1 != at_) return std::nullopt;
    if (last.spec->arity == Arity::optional_value && !last.value) {
      return usage(fmt::format("{0} takes its value after '=': write {0}={1}", name, word),
                   hint_on_value(*last.spec, word));
    }
    if (last.spec->arity != Arity::flag) return std::nullopt;
    return usage(fmt::format("{} takes no value, but '{}' follows", name, word),
                 fmt::format("leave '{}' out", word));
  }

  std::string hint_on_value(const OptionSpec& spec, const std::string& word) const {
    if (!spec.writes) {
      return fmt::format("{} alone takes its default: see ollama-gpu {} --help", spec.name,
                         parsed_.command->name);
    }
    if (word.find_first_not_of("0123456789") == word.npos) {
      return fmt::format("{0} alone means seconds, {0}m minutes, {0}h hours", word);
    }
    return fmt::format("{} alone, without a value, means for ever", spec.name);
  }

  Result<void> long_option(const std::string& word) {
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const OptionSpec* option = find_option(name, bit());
    if (option == nullptr) {
      // Without a command the mistyped command is the more useful message.
      if (parsed_.command == nullptr && command_at_ < words_.size()) {
        return unknown_command(words_[command_at_]);
      }
      return unknown_option(name, parsed_.command);
    }
    std::optional<std::string> value;
    if (equals != std::string::npos) value = word.substr(equals + 1);
    return take(*option, std::move(value));
  }

  Result<void> letters(const std::string& word) {
    const bool number = word[1] >= '0' && word[1] <= '9';
    if (auto misplaced = number ? misplaced_value(word) : std::nullopt) {
      return Failure(std::move(*misplaced));
    }
    for (const char letter : word.substr(1)) {
      const std::string name{'-', letter};
      const OptionSpec* option = find_option(name, bit());
      if (option == nullptr) return unknown_option(word, parsed_.command);
      if (auto taken = take(*option, std::nullopt); !taken) return taken;
    }
    return {};
  }

  Result<void> take(const OptionSpec& option, std::optional<std::string> value) {
    last_option_at_ = at_;
    if (option.arity == Arity::flag && value) {
      return fail(Errc::usage,
                  fmt::format("{} takes no value, but '{}' was given", option.name, *value),
                  fmt::format("write {}", option.name));
    }
    if (option.arity == Arity::optional_value && value && value->empty()) {
      return fail(Errc::usage, fmt::format("{}= lacks a value", option.name),
                  fmt::format("write {0}={1}, or {0} alone", option.name, option.value_name));
    }
    if (option.arity == Arity::value && !value) {
      if (at_ + 1 >= words_.size() || is_option(words_[at_ + 1])) {
        return fail(Errc::usage, fmt::format("{} needs a value", option.name),
                    fmt::format("write {} {}", option.name, option.value_name));
      }
      value = words_[++at_];
      last_value_at_ = at_;
    }
    parsed_.options.push_back({&option, std::move(value), std::nullopt});
    return {};
  }

  // A word that is meant as an option, not as a value ("-1" is a value).
  static bool is_option(const std::string& word) {
    return word.starts_with("--") && find_option(word.substr(0, word.find('='))) != nullptr;
  }

  const std::vector<std::string>& words_;
  ParsedWords parsed_ = {};
  std::size_t at_ = 0;
  std::size_t command_at_ = static_cast<std::size_t>(-1);
  std::optional<std::size_t> last_option_at_ = {};
  std::optional<std::size_t> last_value_at_ = {};  // of an option whose value is a word of its own
  bool only_operands_ = false;
};

}  // namespace

std::string GivenOption::name() const {
  return std::string(place ? spec->name.substr(2) : spec->name);
}

Result<ParsedWords> read_words(const std::vector<std::string>& arguments) {
  return WordReader(arguments).read();
}

}  // namespace ollama_gpu::cli
