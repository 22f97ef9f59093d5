// SPDX-License-Identifier: MIT
#include "cli/settle_words.hpp"

#include <fmt/format.h>

#include "cli/unknown_word.hpp"

namespace ollama_gpu::cli {
namespace {

class Settler {
 public:
  Settler(const Program& program, const std::vector<std::string>& words)
      : program_(program), words_(words) {}

  Settled settle() {
    find_command_word();
    for (at_ = 0; at_ < words_.size(); ++at_) {
      const std::string& word = words_[at_];
      if (at_ == command_at_) {
        if (out_.command == nullptr) refuse(unknown_command(word));
      } else if (only_operands_ || word.size() < 2 || word.front() != '-') {
        operand(word);
      } else if (word == "--") {
        only_operands_ = true;
      } else if (word.starts_with("--")) {
        long_option(word);
      } else {
        letters(word);
      }
    }
    if (!operands_.empty()) out_.words.emplace_back("--");
    for (std::string& operand : operands_) out_.words.push_back(std::move(operand));
    return std::move(out_);
  }

 private:
  // The first word that is neither an option nor the value of one.
  void find_command_word() {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      const std::string& word = words_[i];
      if (word.empty() || word.front() != '-') {
        command_at_ = i;
        out_.command = find_command(word);
        if (out_.command != nullptr) out_.words.push_back(word);
        return;
      }
      const auto option = program_.find_option(word);
      if (option && option->takes_next_word() &&
          !(i + 1 < words_.size() && is_option(words_[i + 1])))
        ++i;
    }
  }

  void refuse(Failure failure) {
    if (!out_.refused) out_.refused = std::move(failure.value());
  }
  void refuse(std::string message, std::string hint) {
    refuse(fail(Errc::usage, std::move(message), std::move(hint)));
  }

  void operand(const std::string& word) {
    if (out_.command == nullptr) return refuse(unknown_command(word));
    const auto taken = program_.operands_of(*out_.command);
    if (taken && operands_.size() < taken->most) {
      operands_.push_back(word);
    } else if (!is_misplaced_value(word)) {
      refuse(fmt::format("{} does not take '{}'", out_.command->name, word),
             fmt::format("see ollama-gpu {} --help", out_.command->name));
    }
  }

  // A word that was meant for the option before it is refused as such.
  bool is_misplaced_value(const std::string& word) {
    if (!last_ || last_ends_at_ + 1 != at_) return false;
    const std::string& name = last_->name;
    if (name == "--gpus" && !last_value_.empty()) {
      refuse(fmt::format("--gpus takes one word, but '{}' follows", word),
             fmt::format("write the list with commas: --gpus {},{}", last_value_, word));
    } else if (!last_->bare.empty() && last_value_.empty()) {
      refuse(fmt::format("{0} takes its value after '=': write {0}={1}", name, word),
             hint_on_value(word));
    } else if (last_->is_flag()) {
      refuse(fmt::format("{} takes no value, but '{}' follows", name, word),
             fmt::format("leave '{}' out", word));
    } else {
      return false;
    }
    return true;
  }

  std::string hint_on_value(const std::string& word) const {
    if (last_->extra->variable.empty()) {
      return fmt::format("{} alone takes its default: see ollama-gpu {} --help", last_->name,
                         out_.command->name);
    }
    if (word.find_first_not_of("0123456789") == word.npos) {
      return fmt::format("{0} alone means seconds, {0}m minutes, {0}h hours", word);
    }
    return fmt::format("{} alone, without a value, means for ever", last_->name);
  }

  void long_option(const std::string& word) {
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const auto option = program_.find_option(out_.command, name);
    if (!option) return unknown(name);
    if (equals == std::string::npos) return take(*option);
    take(*option, word.substr(equals + 1));
  }

  void unknown(const std::string& name) {
    last_.reset();
    // Without a command the mistyped command is the more useful message.
    if (out_.command == nullptr && command_at_ < words_.size()) {
      return refuse(unknown_command(words_[command_at_]));
    }
    refuse(unknown_option(program_, name, out_.command));
  }

  void letters(const std::string& word) {
    if (word[1] >= '0' && word[1] <= '9' && is_misplaced_value(word)) return;
    for (const char letter : word.substr(1)) {
      const auto option = program_.find_option(out_.command, std::string{'-', letter});
      if (!option) return unknown(word);
      take(*option);
    }
  }

  void take(const OptionView& option, std::optional<std::string> value = {}) {
    const bool after_equals = value.has_value();
    const bool optional = !option.bare.empty();
    last_ = option;
    last_ends_at_ = at_;
    last_value_.clear();
    if (option.is_flag() && after_equals) {
      return refuse(fmt::format("{} takes no value, but '{}' was given", option.name, *value),
                    fmt::format("write {}", option.name));
    }
    if (optional && after_equals && value->empty()) {
      return refuse(fmt::format("{}= lacks a value", option.name),
                    fmt::format("write {0}={1}, or {0} alone", option.name, option.value_name));
    }
    if (option.takes_next_word() && !after_equals) {
      if (at_ + 1 >= words_.size() || is_option(words_[at_ + 1])) {
        return refuse(fmt::format("{} needs a value", option.name),
                      fmt::format("write {} {}", option.name, option.value_name));
      }
      last_ends_at_ = ++at_;
      value = words_[at_];
    }
    last_value_ = value.value_or("");
    out_.words.push_back(option.name);
    if (!option.is_flag()) out_.words.push_back(value.value_or(option.bare));
  }

  // A word that is meant as an option, not as a value ("-1" is a value).
  bool is_option(const std::string& word) const {
    return word.starts_with("--") && program_.find_option(word.substr(0, word.find('=')));
  }

  const Program& program_;
  const std::vector<std::string>& words_;
  Settled out_ = {};
  std::vector<std::string> operands_ = {};
  std::size_t at_ = 0;
  std::size_t command_at_ = static_cast<std::size_t>(-1);
  std::optional<OptionView> last_ = {};  // the option before, which ends with the word at ...
  std::size_t last_ends_at_ = 0;
  std::string last_value_ = {};
  bool only_operands_ = false;
};

}  // namespace

Settled settle_words(const Program& program, const std::vector<std::string>& words) {
  return Settler(program, words).settle();
}

}  // namespace ollama_gpu::cli
