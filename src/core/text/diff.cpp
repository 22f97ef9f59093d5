// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/text/diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace ollama_gpu {

namespace {

constexpr std::size_t kContext = 3;
// Beyond this many pairs of lines the part that differs is shown as replaced as a whole.
constexpr std::size_t kMostPairs = 4'000'000;

using Lines = std::vector<std::string_view>;

// Lines with their ends, so that a missing last one counts as a difference.
Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::size_t length = end == std::string_view::npos ? text.size() : end + 1;
    lines.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return lines;
}

// One line of the whole comparison: ' ' in both, '-' only in the old, '+' only in the new text.
struct Step {
  char sign;
  std::string_view line;
};

// Lengths of the longest common subsequence of every pair of tails.
class CommonLengths {
 public:
  CommonLengths(const Lines& left, const Lines& right)
      : width_(right.size() + 1), table_((left.size() + 1) * width_) {
    for (std::size_t i = left.size(); i-- > 0;) {
      for (std::size_t j = right.size(); j-- > 0;) {
        table_[i * width_ + j] = left[i] == right[j] ? table_[(i + 1) * width_ + j + 1] + 1
                                                     : std::max(at(i + 1, j), at(i, j + 1));
      }
    }
  }
  std::uint32_t at(std::size_t i, std::size_t j) const { return table_[i * width_ + j]; }

 private:
  std::size_t width_;
  std::vector<std::uint32_t> table_;
};

void add_all(std::vector<Step>& steps, char sign, const Lines& lines) {
  for (const std::string_view line : lines) steps.push_back({sign, line});
}

void compare_middle(std::vector<Step>& steps, const Lines& left, const Lines& right) {
  if (left.empty() || right.empty() || left.size() > kMostPairs / right.size()) {
    add_all(steps, '-', left);
    add_all(steps, '+', right);
    return;
  }
  const CommonLengths common(left, right);
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < left.size() || j < right.size()) {
    if (i < left.size() && j < right.size() && left[i] == right[j]) {
      steps.push_back({' ', left[i++]});
      ++j;
    } else if (j == right.size() ||
               (i < left.size() && common.at(i + 1, j) >= common.at(i, j + 1))) {
      steps.push_back({'-', left[i++]});
    } else {
      steps.push_back({'+', right[j++]});
    }
  }
}

std::vector<Step> compare(const Lines& left, const Lines& right) {
  std::size_t head = 0;
  const std::size_t shorter = std::min(left.size(), right.size());
  while (head < shorter && left[head] == right[head]) ++head;
  std::size_t tail = 0;
  while (tail < shorter - head && left[left.size() - 1 - tail] == right[right.size() - 1 - tail]) {
    ++tail;
  }
  const auto part = [](const Lines& lines, std::size_t from, std::size_t to) {
    return Lines(lines.begin() + static_cast<std::ptrdiff_t>(from),
                 lines.begin() + static_cast<std::ptrdiff_t>(to));
  };
  std::vector<Step> steps;
  add_all(steps, ' ', part(left, 0, head));
  compare_middle(steps, part(left, head, left.size() - tail),
                 part(right, head, right.size() - tail));
  add_all(steps, ' ', part(left, left.size() - tail, left.size()));
  return steps;
}

// "12,3" of a hunk header: an empty range names the line before it.
std::string range_text(std::size_t lines_before, std::size_t count) {
  const std::size_t start = count == 0 ? lines_before : lines_before + 1;
  return count == 1 ? fmt::format("{}", start) : fmt::format("{},{}", start, count);
}

struct Counts {
  std::size_t left = 0;
  std::size_t right = 0;
};

Counts count_lines(const std::vector<Step>& steps, std::size_t from, std::size_t to) {
  Counts counts;
  for (std::size_t i = from; i < to; ++i) {
    if (steps[i].sign != '+') ++counts.left;
    if (steps[i].sign != '-') ++counts.right;
  }
  return counts;
}

// Where the hunk that starts with the change at `first` ends: changes that are no further apart
// than twice the context share one.
std::size_t end_of_hunk(const std::vector<Step>& steps, std::size_t first) {
  std::size_t last = first;
  for (std::size_t i = first; i < steps.size() && i - last <= 2 * kContext + 1; ++i) {
    if (steps[i].sign != ' ' && i - last <= 2 * kContext + 1) last = i;
  }
  return std::min(steps.size(), last + 1 + kContext);
}

void append_hunk(std::string& out, const std::vector<Step>& steps, std::size_t from, std::size_t to,
                 const Counts& before) {
  const Counts counts = count_lines(steps, from, to);
  out += fmt::format("@@ -{} +{} @@\n", range_text(before.left, counts.left),
                     range_text(before.right, counts.right));
  for (std::size_t i = from; i < to; ++i) {
    out += steps[i].sign;
    out += steps[i].line;
    if (!steps[i].line.ends_with('\n')) out += "\n\\ No newline at end of file\n";
  }
}

}  // namespace

std::string unified_diff(std::string_view old_name, std::string_view new_name,
                         std::string_view old_text, std::string_view new_text) {
  if (old_text == new_text) return {};
  const std::vector<Step> steps = compare(lines_of(old_text), lines_of(new_text));
  std::string out = fmt::format("--- {}\n+++ {}\n", old_name, new_name);
  Counts before;
  std::size_t done = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].sign == ' ') continue;
    const std::size_t from = std::max(done, i > kContext ? i - kContext : 0);
    const std::size_t to = end_of_hunk(steps, i);
    const Counts skipped = count_lines(steps, done, from);
    before = {before.left + skipped.left, before.right + skipped.right};
    append_hunk(out, steps, from, to, before);
    const Counts shown = count_lines(steps, from, to);
    before = {before.left + shown.left, before.right + shown.right};
    done = to;
    i = to - 1;
  }
  return out;
}

}  // namespace ollama_gpu
