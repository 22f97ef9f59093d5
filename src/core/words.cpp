// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/words.hpp"

#include "escape.hpp"

namespace ollama_gpu {
namespace {

constexpr std::string_view kBlanks = " \t\n\r";

bool is_blank(char c) { return kBlanks.find(c) != std::string_view::npos; }

class WordSplitter {
 public:
  WordSplitter(std::string_view value, Escapes escapes) : value_(value), escapes_(escapes) {}

  WordList run() {
    WordList list;
    for (;;) {
      while (at_ < value_.size() && is_blank(value_[at_])) ++at_;
      if (at_ == value_.size()) return list;
      Word word{{}, at_};
      if (!read_word(word.text)) {
        list.broken_at = at_;
        return list;
      }
      list.words.push_back(std::move(word));
    }
  }

 private:
  // Each reader leaves at_ at the fault when it returns false.
  bool read_word(std::string& text) {
    while (at_ < value_.size() && !is_blank(value_[at_])) {
      const char c = value_[at_];
      if (c == '\\') {
        if (!read_escape(text)) return false;
      } else if (c == '"' || c == '\'') {
        if (!read_quoted(text)) return false;
      } else {
        text += c;
        ++at_;
      }
    }
    return true;
  }

  // Escapes work in single quotes too, unlike in a shell.
  bool read_quoted(std::string& text) {
    const std::size_t opened = at_;
    const char quote = value_[at_++];
    while (at_ < value_.size()) {
      const char c = value_[at_];
      if (c == '\\') {
        if (!read_escape(text)) return false;
        continue;
      }
      ++at_;
      if (c == quote) return true;
      text += c;
    }
    at_ = opened;
    return false;
  }

  bool read_escape(std::string& text) {
    const std::string_view rest = value_.substr(at_ + 1);
    if (rest.empty()) return false;
    if (escapes_ == Escapes::none) {
      text += rest.front();
      at_ += 2;
      return true;
    }
    const std::optional<DecodedEscape> decoded = decode_escape(rest);
    if (!decoded) return false;
    text += decoded->bytes;
    at_ += 1 + decoded->length;
    return true;
  }

  std::string_view value_;
  Escapes escapes_;
  std::size_t at_ = 0;
};

}  // namespace

WordList split_words(std::string_view value, Escapes escapes) {
  return WordSplitter(value, escapes).run();
}

}  // namespace ollama_gpu
