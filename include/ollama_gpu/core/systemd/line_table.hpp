// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace ollama_gpu {

// A place in a file: both count from 1, columns in bytes.
struct Position {
  std::size_t line = 0;
  std::size_t column = 0;

  friend bool operator==(const Position&, const Position&) = default;
};

// Where the lines of a text are, as systemd cuts it (src/basic/fileio.c, read_line_full): found
// once, so that places can be told without walking the text again. It keeps no text.
class LineTable {
 public:
  LineTable() = default;
  explicit LineTable(std::string_view text);

  // Line `number` (from 1) of that text, without its end; empty when there is none.
  std::string_view line(std::string_view text, std::size_t number) const;
  // The byte of a place; the end of the text where there is none.
  std::size_t offset(Position position) const;
  // The place of a byte.
  Position at(std::size_t offset) const;

 private:
  struct Line {
    std::size_t offset = 0;
    std::size_t length = 0;
  };
  std::vector<Line> lines_;
  std::size_t size_ = 0;
};

}  // namespace ollama_gpu
