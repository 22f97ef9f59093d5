// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/systemd/words.hpp"

namespace ollama_gpu {

// How the words of a value are taken apart (the EXTRACT_ flags of src/basic/extract-word.c).
enum class WordSyntax {
  plain,            // no quotes; a backslash makes the next character literal
  unquote,          // EXTRACT_UNQUOTE
  c_style,          // EXTRACT_UNQUOTE | EXTRACT_CUNESCAPE
  c_style_relaxed,  // and an unknown escape stays as it is written (extract_first_word_and_warn)
};

// Takes one word after the other off a value, as systemd's extract_first_word().
class WordReader {
 public:
  WordReader(std::string_view value, WordSyntax syntax, unsigned systemd_version)
      : value_(value), syntax_(syntax), version_(systemd_version) {}

  enum class Found { word, end, broken };
  // On a broken word (an unbalanced quote, an unknown escape) offset() is that of the fault.
  Found next(Word& word);

  // What comes next; blanks before it are passed over.
  std::string_view rest();
  std::size_t offset() const { return at_; }
  void skip(std::size_t length) { at_ += length; }

 private:
  bool read_word(std::string& text);
  bool read_quoted(std::string& text);
  bool read_escape(std::string& text, bool quoted);

  std::string_view value_;
  WordSyntax syntax_;
  unsigned version_;
  std::size_t at_ = 0;
};

}  // namespace ollama_gpu
