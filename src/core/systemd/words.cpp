// SPDX-License-Identifier: MIT
#include "core/systemd/words.hpp"

#include "core/systemd/escape.hpp"
#include "core/systemd/whitespace.hpp"
#include "core/systemd/word_reader.hpp"

namespace ollama_gpu {
std::string_view WordReader::rest() {
  while (at_ < value_.size() && is_blank(value_[at_])) ++at_;
  return value_.substr(at_);
}

WordReader::Found WordReader::next(Word& word) {
  if (rest().empty()) return Found::end;
  word = Word{{}, at_};
  return read_word(word.text) ? Found::word : Found::broken;
}

// Each reader leaves at_ at the fault when it returns false.
bool WordReader::read_word(std::string& text) {
  while (at_ < value_.size() && !is_blank(value_[at_])) {
    const char c = value_[at_];
    if (c == '\\') {
      if (!read_escape(text, false)) return false;
    } else if ((c == '"' || c == '\'') && syntax_ != WordSyntax::plain) {
      if (!read_quoted(text)) return false;
    } else {
      text += c;
      ++at_;
    }
  }
  return true;
}

// Escapes work in single quotes too, unlike in a shell.
bool WordReader::read_quoted(std::string& text) {
  const std::size_t opened = at_;
  const char quote = value_[at_++];
  while (at_ < value_.size()) {
    const char c = value_[at_];
    if (c == '\\') {
      if (!read_escape(text, true)) return false;
      continue;
    }
    ++at_;
    if (c == quote) return true;
    text += c;
  }
  at_ = opened;
  return false;
}

bool WordReader::read_escape(std::string& text, bool quoted) {
  const bool relaxed = syntax_ == WordSyntax::c_style_relaxed;
  const std::string_view rest = value_.substr(at_ + 1);
  if (rest.empty()) {
    if (!relaxed || quoted) return false;
    text += '\\';
    ++at_;
    return true;
  }
  if (syntax_ == WordSyntax::plain || syntax_ == WordSyntax::unquote) {
    text += rest.front();
    at_ += 2;
    return true;
  }
  const std::optional<DecodedEscape> decoded = decode_escape(rest, version_);
  if (!decoded && !relaxed) return false;
  text += decoded ? decoded->bytes : std::string{'\\', rest.front()};
  at_ += 1 + (decoded ? decoded->length : 1);
  return true;
}

WordList split_words(std::string_view value, Escapes escapes, unsigned systemd_version) {
  const bool plain = escapes == Escapes::none;
  WordReader reader(value, plain ? WordSyntax::unquote : WordSyntax::c_style, systemd_version);
  WordList list;
  for (Word word;;) {
    switch (reader.next(word)) {
      case WordReader::Found::word:
        list.words.push_back(std::move(word));
        break;
      case WordReader::Found::broken:
        list.broken_at = reader.offset();
        return list;
      case WordReader::Found::end:
        return list;
    }
  }
}

}  // namespace ollama_gpu
