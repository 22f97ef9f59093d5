// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "ollama_gpu/core/systemd/environment.hpp"

namespace ollama_gpu {
namespace {

using Strings = std::vector<std::string>;
using namespace std::string_literals;

struct Case {
  const char* name;
  std::string bytes;
  Strings expected;
  std::size_t dropped = 0;
  bool invalid = false;
  unsigned version = 252;
};

Strings shown(const EnvironmentFile& file) {
  Strings result;
  for (const Assignment& a : file.assignments) result.push_back(a.name + "=" + a.value);
  return result;
}

class EnvironmentFileRule : public testing::TestWithParam<Case> {};

TEST_P(EnvironmentFileRule, HoldsAsInSystemd) {
  const EnvironmentFile file = parse_environment_file("/f", GetParam().bytes, GetParam().version);
  EXPECT_EQ(shown(file), GetParam().expected);
  EXPECT_EQ(file.dropped.size(), GetParam().dropped);
  EXPECT_EQ(file.invalid, GetParam().invalid);
}

INSTANTIATE_TEST_SUITE_P(
    Rules, EnvironmentFileRule,
    testing::Values(
        Case{"one_a_line", "A=1\nB=2\n", {"A=1", "B=2"}},
        Case{"no_final_newline", "A=1\nB=2", {"A=1", "B=2"}},
        Case{"crlf", "A=1\r\nB=2\r\n", {"A=1", "B=2"}}, Case{"key_trimmed", " A \t= 1\n", {"A=1"}},
        Case{"inner_blanks_and_quotes", "A=x  y \"z\" 'w' \n", {"A=x  y \"z\" 'w'"}},
        Case{"backslash", "A=a\\bc\\\\\\ \n", {"A=abc\\ "}},
        Case{"continuation_joins_with_nothing", "A=a\\\nb\n", {"A=ab"}},
        Case{"blank_before_continuation_stays", "A=a \\\n\nB=2", {"A=a ", "B=2"}},
        Case{"blanks_after_continuation_go", "A=a \\\n \nB=2", {"A=a ", "B=2"}},
        Case{"single_quotes_raw", "A='a\\n\nb'\n", {"A=a\\n\nb"}},
        Case{"double_quotes", "A=\"a\\\"\\\\\\`\\$\\n\nb\\\nc\"\n", {"A=a\"\\`$\\n\nbc"}},
        Case{"pieces_join", "A='a' \"b\"  c d\n", {"A=abc d"}},
        Case{"blanks_in_quotes_stay", "A=\" x \"  \n", {"A= x "}},
        Case{"no_inline_comment", "A=1 # c\n", {"A=1 # c"}},
        Case{"comments", "# c\n; c\n  # c\nA=1", {"A=1"}},
        Case{"no_expansion", "A=%n $B\n", {"A=%n $B"}},
        Case{"export", "export A=1\nB=2\n", {"B=2"}, 1},
        Case{"bad_names", "1A=x\nA-B=x\n=x\nC=3", {"C=3"}, 3},
        Case{"later_wins_in_place", "A=1\nB=2\nA=3\n", {"A=3", "B=2"}},
        Case{"no_equals", "foo\nA=1\nbar", {"A=1"}, 1}, Case{"empty_value", "A=\nB=", {"A=", "B="}},
        Case{"unclosed_quote_takes_the_rest", "A=\"x\nB=2\n", {"A=x\nB=2\n"}},
        Case{"escape_at_the_end", "A=x \\", {"A=x "}},
        Case{"bad_utf8_value", "A=1\nB=\xFF\nC=3\n", {}, 1, true},
        Case{"bad_utf8_key", "A\xFF=1\n", {}, 1, true},
        Case{"bad_utf8_comment", "# \xFF\nA=1\n", {"A=1"}}, Case{"nul", "A=1\n\0B=2"s, {}, 1, true},
        Case{"byte_order_mark_spoils_the_name",
             "\xEF\xBB\xBF"
             "A=1\nB=2",
             {"B=2"},
             1},
        Case{"comment_backslash_252", "# c \\\nA=1\nB=2", {"B=2"}},
        Case{"comment_backslash_254", "# c \\\nA=1\nB=2", {"A=1", "B=2"}, 0, false, 254},
        Case{"comment_inner_backslash", "# c \\x\nA=1", {"A=1"}},
        Case{"escaped_carriage_return", "A=a\\\r\nB=2", {"A=a", "B=2"}}, Case{"empty", "", {}}),
    [](const testing::TestParamInfo<Case>& row) { return std::string(row.param.name); });

TEST(EnvironmentFilePositions, AreThoseOfTheKeys) {
  const EnvironmentFile file = parse_environment_file("/f", "A=1\n\n  B=x\\\ny\nC=3\n", 252);
  ASSERT_EQ(file.assignments.size(), 3U);
  EXPECT_EQ(file.assignments[1].source, (Source{"/f", 3, 3, "EnvironmentFile"}));
  EXPECT_EQ(file.assignments[2].source, (Source{"/f", 5, 1, "EnvironmentFile"}));
}

TEST(EnvironmentFileTime, IsLinear) {
  std::string text;
  for (int i = 0; i < 100000; ++i) text += "V" + std::to_string(i) + "=1\n";
  EXPECT_EQ(parse_environment_file("/f", text, 252).assignments.size(), 100000U);
}

}  // namespace
}  // namespace ollama_gpu
