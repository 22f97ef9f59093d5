// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace ollama_gpu {

// Cuts a text into lines as systemd does (src/basic/fileio.c, read_line_full): "\n", "\r" and NUL
// each end a line, and so does any run in which none of them stands twice ("\r\n", "\n\r\0").
class LineReader {
 public:
  explicit LineReader(std::string_view text) : text_(text) {}

  // The next line without its end; nothing when the text is over.
  std::optional<std::string_view> next();

  // Of the line that next() gave last.
  std::size_t number() const { return number_; }
  std::size_t offset() const { return offset_; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t offset_ = 0;
  std::size_t number_ = 0;
};

}  // namespace ollama_gpu
