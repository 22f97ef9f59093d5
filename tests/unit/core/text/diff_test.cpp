// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/text/diff.hpp"

#include <gtest/gtest.h>

#include <charconv>
#include <random>
#include <vector>

namespace ollama_gpu {
namespace {

std::string diff(std::string_view old_text, std::string_view new_text) {
  return unified_diff("a", "b", old_text, new_text);
}

TEST(UnifiedDiff, IsEmptyForEqualTexts) {
  EXPECT_EQ(diff("", ""), "");
  EXPECT_EQ(diff("a\nb", "a\nb"), "");
}

TEST(UnifiedDiff, ShowsANewAndARemovedFile) {
  EXPECT_EQ(unified_diff("/dev/null", "/etc/x", "", "a\nb\n"),
            "--- /dev/null\n+++ /etc/x\n@@ -0,0 +1,2 @@\n+a\n+b\n");
  EXPECT_EQ(unified_diff("/etc/x", "/dev/null", "a\n", ""),
            "--- /etc/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n");
}

TEST(UnifiedDiff, GivesThreeLinesOfContext) {
  EXPECT_EQ(diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n"),
            "--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n");
}

TEST(UnifiedDiff, JoinsNearChangesAndPartsFarOnes) {
  EXPECT_EQ(diff("a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n"),
            "--- a\n+++ b\n@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n");
  EXPECT_EQ(
      diff("a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n"),
      "--- a\n+++ b\n@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n");
}

TEST(UnifiedDiff, MarksAMissingLastNewline) {
  EXPECT_EQ(diff("a\nb", "a\nb\n"),
            "--- a\n+++ b\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n");
  EXPECT_EQ(diff("a\nc", "b\nc"),
            "--- a\n+++ b\n@@ -1,2 +1,2 @@\n-a\n+b\n c\n\\ No newline at end of file\n");
}

TEST(UnifiedDiff, StaysBoundedForBigTexts) {
  std::string left;
  std::string right;
  for (int i = 0; i < 20'000; ++i) {
    left += "l" + std::to_string(i) + "\n";
    right += "r" + std::to_string(i) + "\n";
  }
  EXPECT_EQ(std::count(left.begin(), left.end(), '\n') * 2 + 3, [](const std::string& text) {
    return std::count(text.begin(), text.end(), '\n');
  }(diff(left, right)));
}

std::size_t number_at(const std::string& text, std::size_t at) {
  std::size_t number = 0;
  std::from_chars(text.data() + at, text.data() + text.size(), number);
  return number;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    lines.push_back(text.substr(at, end - at));
    at = end;
  }
  return lines;
}

// patch(1) in small: applies a diff, or says that it does not fit.
std::string patched(const std::string& old_text, const std::string& patch) {
  const std::vector<std::string> old_lines = lines_of(old_text);
  std::string result;
  std::size_t next = 0;
  std::string last;
  for (const std::string& line : lines_of(patch)) {
    if (line.starts_with("---") || line.starts_with("+++")) continue;
    if (line.starts_with("@@")) {
      const std::size_t start = number_at(line, 4);
      const bool none = line.find(",0 +") != std::string::npos;
      while (next < (none ? start : start - 1)) result += old_lines.at(next++);
    } else if (line.starts_with("\\")) {
      if (last.starts_with("+") || last.starts_with(" ")) result.pop_back();
    } else {
      if (!line.starts_with("-")) result += line.substr(1);
      if (!line.starts_with("+")) {
        EXPECT_TRUE((old_lines.at(next) + "\n").starts_with(line.substr(1)));
        ++next;
      }
    }
    last = line;
  }
  while (next < old_lines.size()) result += old_lines.at(next++);
  return result;
}

TEST(UnifiedDiff, TurnsTheOldTextIntoTheNew) {
  std::minstd_rand random(23);
  const auto text = [&random] {
    std::string lines;
    for (auto count = random() % 25U; count > 0; --count) {
      lines += "abc"[random() % 3U];
      lines += '\n';
    }
    if (!lines.empty() && random() % 4U == 0) lines.pop_back();
    return lines;
  };
  for (int i = 0; i < 5'000; ++i) {
    const std::string left = text();
    const std::string right = random() % 2U == 0 ? text() : left + text();
    ASSERT_EQ(patched(left, diff(left, right)), right) << left << "---\n" << right;
  }
}

}  // namespace
}  // namespace ollama_gpu
