// SPDX-License-Identifier: MIT
#include "cli/settle_words.hpp"

#include <fmt/format.h>

#include <span>
#include <utility>

#include "cli/misplaced_word.hpp"
#include "cli/unknown_word.hpp"
#include "ollama_gpu/core/text/lookalike.hpp"

namespace ollama_gpu::cli {
namespace {

class Settler {
 public:
  Settler(const Program& program, const std::vector<std::string>& words)
      : program_(program), words_(words) {}

  Settled settle() {
    find_command_word();
    bool only_operands = false;
    for (at_ = 0; at_ < words_.size(); ++at_) {
      const std::string& word = words_[at_];
      const auto ascii = only_operands ? std::nullopt : with_ascii_dashes(word);
      if (ascii) {
        refuse(fmt::format("the dash of '{}' is not ASCII", word), fmt::format("write {}", *ascii));
      } else if (at_ == command_at_) {
        last_ = nullptr;
        if (out_.command == nullptr) refuse(unknown_command(std::span(words_).subspan(at_)));
      } else if (only_operands || word.size() < 2 || word.front() != '-') {
        operand(word);
      } else if (word == "--") {
        only_operands = true;
      } else if (word.starts_with("--")) {
        long_option(word);
      } else {
        letters(word);
      }
    }
    if (!operands_.empty()) out_.words.emplace_back("--");
    out_.words.insert(out_.words.end(), operands_.begin(), operands_.end());
    return std::move(out_);
  }

 private:
  // The first word that is neither an option nor the value of one.
  void find_command_word() {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      if (with_ascii_dashes(words_[i])) continue;
      if (!words_[i].starts_with('-')) {
        command_at_ = i;
        out_.command = find_command(words_[i]);
        if (out_.command != nullptr) out_.words.push_back(words_[i]);
        return;
      }
      const CLI::Option* option = program_.find_option(words_[i]);
      if (option != nullptr && takes_next_word(*option) && is_value(i + 1)) ++i;
    }
  }

  // Not an option that there is ("-1" is a value).
  bool is_value(std::size_t at) const {
    if (at >= words_.size()) return false;
    const std::string& word = words_[at];
    return !word.starts_with("--") || !program_.find_option(word.substr(0, word.find('=')));
  }

  void refuse(Failure failure) {
    if (!out_.refused) out_.refused = std::move(failure.value());
  }
  void refuse(std::string message, std::string hint) {
    refuse(fail(Errc::usage, std::move(message), std::move(hint)));
  }

  void operand(const std::string& word) {
    const CLI::Option* before = std::exchange(last_, nullptr);
    if (out_.command == nullptr) return refuse(unknown_command(std::span(words_).subspan(at_)));
    const CLI::Option* taken = program_.operands_of(*out_.command);
    const int most = taken == nullptr ? 0 : taken->get_expected_max();
    if (static_cast<int>(operands_.size()) < most) {
      operands_.push_back(word);
    } else if (auto meant = meant_by_operand(program_, *out_.command, word);
               meant && (before == nullptr || before->get_name() == "--set" ||
                         (is_flag(*before) && word.find('=') != word.npos))) {
      refuse(Failure(std::move(*meant)));
    } else if (!is_misplaced_value(before, word)) {
      refuse(fmt::format("{} does not take '{}'", out_.command->name, word),
             fmt::format("see ollama-gpu {} --help", out_.command->name));
    }
  }

  // A word that was meant for the option before it is refused as such.
  bool is_misplaced_value(const CLI::Option* before, const std::string& word) {
    if (before == nullptr) return false;
    const std::string name = before->get_name();
    if (name == "--gpus" && !last_value_.empty()) {
      refuse(fmt::format("--gpus takes one word, but '{}' follows", word),
             fmt::format("write the list with commas: --gpus {}",
                         as_list(last_value_, std::span(words_).subspan(at_))));
    } else if (name == "--keep-alive" && (word == "forever" || word == "always")) {
      refuse(fmt::format("--keep-alive takes no word, but '{}' follows", word),
             "write --keep-alive alone: it means for ever");
    } else if (!bare_of(*before).empty() && last_value_.empty()) {
      const bool number = word.find_first_not_of("0123456789") == word.npos;
      refuse(fmt::format("{0} takes its value after '=': write {0}={1}", name, word),
             name != "--keep-alive" ? fmt::format("{} alone takes its default: see ollama-gpu {} "
                                                  "--help",
                                                  name, out_.command->name)
             : number ? fmt::format("{0} alone means seconds, {0}m minutes, {0}h hours", word)
                      : fmt::format("{} alone, without a value, means for ever", name));
    } else if (is_flag(*before)) {
      refuse(fmt::format("{} takes no value, but '{}' follows", name, word),
             fmt::format("leave '{}' out", word));
    } else {
      return false;
    }
    return true;
  }

  void long_option(const std::string& word) {
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const CLI::Option* option = program_.find_option(out_.command, name);
    if (option == nullptr) return unknown(name);
    if (equals == std::string::npos) return take(*option);
    take(*option, word.substr(equals + 1));
  }

  void unknown(const std::string& name) {
    last_ = nullptr;
    if (const auto odd = find_lookalike(name)) {
      return refuse(fmt::format("'{}' in '{}' is not ASCII", odd->character, name),
                    fmt::format("write {}", odd->ascii));
    }
    // `help --spread`
    if (out_.command == &kHelp || out_.command == &kSettings) {
      if (program_.find_option(&kConfigure, name) != nullptr) return operand(name);
    }
    // Without a command the mistyped command is the more useful message.
    const bool mistyped = out_.command == nullptr && command_at_ < words_.size();
    refuse(mistyped ? unknown_command(std::span(words_).subspan(command_at_))
                    : unknown_option(program_, name, out_.command));
  }

  void letters(const std::string& word) {
    const bool number = word[1] >= '0' && word[1] <= '9';
    if (number && is_misplaced_value(last_, word)) return;
    for (const char letter : word.substr(1)) {
      const CLI::Option* option = program_.find_option(out_.command, {'-', letter});
      if (option == nullptr) return unknown(word);
      take(*option);
    }
  }

  void take(const CLI::Option& option, std::optional<std::string> value = {}) {
    const std::string name = option.get_name();
    last_ = &option;
    last_value_ = value.value_or("");
    if (is_flag(option) && value) {
      return refuse(fmt::format("{} takes no value, but '{}' was given", name, *value),
                    fmt::format("write {}", name));
    }
    if (!bare_of(option).empty() && value && value->empty()) {
      return refuse(fmt::format("{}= lacks a value", name),
                    fmt::format("write {0}={1}, or {0} alone", name, option.get_type_name()));
    }
    if (takes_next_word(option) && !value) {
      if (!is_value(at_ + 1)) {
        return refuse(fmt::format("{} needs a value", name),
                      fmt::format("write {} {}", name, option.get_type_name()));
      }
      last_value_ = words_[++at_];
      value = last_value_;
    }
    out_.words.push_back(name);
    if (!is_flag(option)) out_.words.push_back(value.value_or(bare_of(option)));
  }

  const Program& program_;
  const std::vector<std::string>& words_;
  Settled out_ = {};
  std::vector<std::string> operands_ = {};
  std::size_t at_ = 0;
  std::size_t command_at_ = std::string::npos;
  const CLI::Option* last_ = nullptr;  // the option that ends with the word before
  std::string last_value_ = {};
};

}  // namespace

Settled settle_words(const Program& program, const std::vector<std::string>& words) {
  return Settler(program, words).settle();
}

}  // namespace ollama_gpu::cli
