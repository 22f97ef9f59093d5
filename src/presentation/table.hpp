// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "ollama_gpu/presentation/paint.hpp"
#include "ollama_gpu/presentation/style.hpp"

namespace ollama_gpu {

struct Cell {
  std::string text = {};
  Tone tone = Tone::plain;
};

// `drop`: where the table is too wide, the columns with the highest drop go first, those of one
// number together; 0 always stays.
// `least`: this column's text may be cut to so many columns, before any other goes; 0: never.
struct Column {
  std::string title = {};
  bool right = false;
  unsigned drop = 0;
  std::size_t least = 0;
};

// A table without rules: titles (unless all are empty), two blanks between columns.
class Table {
 public:
  explicit Table(std::vector<Column> columns, std::size_t indent = 0)
      : columns_(std::move(columns)), indent_(indent) {}
  // A column with a title that has to go moves to lines below its row instead.
  Table& fold() {
    folds_ = true;
    return *this;
  }

  void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }
  // Each line ends with a newline and has no blanks before it.
  std::string render(const Style& style) const;

 private:
  std::vector<std::size_t> widths() const;
  void fit(std::vector<std::size_t>& widths, std::size_t limit) const;
  std::size_t least_total(const std::vector<std::size_t>& widths) const;
  std::string line(const Style& style, const std::vector<std::size_t>& widths,
                   const std::vector<Cell>& row) const;
  std::string folded(const Style& style, const std::vector<std::size_t>& widths,
                     const std::vector<Cell>& row) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_ = {};
  std::size_t indent_;
  bool folds_ = false;
};

}  // namespace ollama_gpu
