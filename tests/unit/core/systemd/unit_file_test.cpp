// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/systemd/unit_file.hpp"

#include <gtest/gtest.h>

namespace ollama_gpu {
namespace {

using Kind = ParseProblem::Kind;
using namespace std::string_literals;

constexpr std::size_t kMiB = std::size_t{1} << 20U;

struct Case {
  std::string name;
  std::string bytes;
  std::vector<std::string> directives;  // "Section.Key=Value"
  std::vector<Kind> problems = {};
  bool aborted = false;
};

std::vector<std::string> shown(const UnitFile& file) {
  std::vector<std::string> result;
  for (const Directive& d : file.directives) {
    result.push_back(d.section + "." + d.key + "=" + d.value);
  }
  return result;
}

std::vector<Kind> kinds(const UnitFile& file) {
  std::vector<Kind> result;
  for (const ParseProblem& problem : file.problems) result.push_back(problem.kind);
  return result;
}

class UnitFileRule : public testing::TestWithParam<Case> {};

TEST_P(UnitFileRule, HoldsAsInSystemd) {
  const UnitFile file = parse_unit_file("/u", GetParam().bytes);
  EXPECT_EQ(shown(file), GetParam().directives);
  EXPECT_EQ(kinds(file), GetParam().problems);
  EXPECT_EQ(file.aborted, GetParam().aborted);
  EXPECT_EQ(file.bytes, GetParam().bytes);
  for (const ParseProblem& problem : file.problems) {
    EXPECT_EQ(problem.fatal, problem.kind == Kind::bad_section_header ||
                                 problem.kind == Kind::line_too_long ||
                                 problem.kind == Kind::invalid_utf8);
    EXPECT_FALSE(problem.message.empty());
  }
}

std::string case_name(const testing::TestParamInfo<Case>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(
    LineEnds, UnitFileRule,
    testing::Values(Case{"feed", "[Service]\nA=1\nB=2\n", {"Service.A=1", "Service.B=2"}},
                    Case{"crlf", "[Service]\r\nA=1\r\nB=2\r\n", {"Service.A=1", "Service.B=2"}},
                    Case{"cr_only", "[Service]\rA=1\rB=2\r", {"Service.A=1", "Service.B=2"}},
                    Case{"nul", "[Service]\0A=1\0B=2"s, {"Service.A=1", "Service.B=2"}},
                    Case{"feed_return", "[Service]\n\rA=1\n\rB=2", {"Service.A=1", "Service.B=2"}},
                    Case{"no_final_newline", "[Service]\nA=1", {"Service.A=1"}},
                    Case{"crlf_continuation", "[Service]\r\nA=1 \\\r\n2\r\n", {"Service.A=1  2"}},
                    Case{"empty_file", "", {}}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Length, UnitFileRule,
    testing::Values(Case{"a_million",
                         "[Service]\nA=" + std::string(1000000, 'x') + "\nB=2",
                         {"Service.A=" + std::string(1000000, 'x'), "Service.B=2"}},
                    Case{"longest",
                         "[Service]\nA=" + std::string(kMiB - 3, 'x') + "\nB=2",
                         {"Service.A=" + std::string(kMiB - 3, 'x'), "Service.B=2"}},
                    Case{"one_too_long",
                         "[Service]\nZ=1\nA=" + std::string(kMiB - 2, 'x') + "\nB=2",
                         {"Service.Z=1"},
                         {Kind::line_too_long},
                         true},
                    Case{"long_comment",
                         "[Service]\n#" + std::string(kMiB, 'x') + "\nB=2",
                         {},
                         {Kind::line_too_long},
                         true},
                    Case{"joined_longest",
                         "[Service]\nA=\\\n" + std::string(kMiB - 3, 'x') + "\nB=2",
                         {"Service.A=" + std::string(kMiB - 3, 'x'), "Service.B=2"}},
                    Case{"joined_too_long",
                         "[Service]\nA=\\\n" + std::string(kMiB - 2, 'x') + "\nB=2",
                         {},
                         {Kind::line_too_long},
                         true}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Comments, UnitFileRule,
    testing::Values(Case{"marks", "#a\n ; b\n\t#c\n[Service]\nA=1", {"Service.A=1"}},
                    Case{"inside_continuation",
                         "[Service]\nA=1 \\\n# no\\\n; no\n2\nB=3",
                         {"Service.A=1  2", "Service.B=3"}},
                    Case{"backslash_at_its_end", "[Service]\n# x \\\nA=1", {"Service.A=1"}},
                    Case{"bad_utf8_in_it", "[Service]\n# \xFF\nA=1", {"Service.A=1"}},
                    Case{"none_inline", "[Service]\nA=1 # c ; d", {"Service.A=1 # c ; d"}},
                    Case{"vertical_tab_is_no_blank", "[Service]\n\v#A=1", {"Service.\v#A=1"}}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Continuation, UnitFileRule,
    testing::Values(
        Case{"becomes_a_blank", "[Service]\nA=1\\\n2", {"Service.A=1 2"}},
        Case{"keeps_next_lines_blanks", "[Service]\nA=1 \\\n   2", {"Service.A=1     2"}},
        Case{"three_lines", "[Service]\nA=1\\\n2\\\n3\nB=4", {"Service.A=1 2 3", "Service.B=4"}},
        Case{"even_backslashes", "[Service]\nA=1\\\\\nB=2", {"Service.A=1\\\\", "Service.B=2"}},
        Case{"odd_backslashes", "[Service]\nA=1\\\\\\\nB=2", {"Service.A=1\\\\ B=2"}},
        Case{"blank_line_ends_it", "[Service]\nA=1\\\n\nB=2", {"Service.A=1", "Service.B=2"}},
        Case{"blank_after_backslash", "[Service]\nA=1\\ \nB=2", {"Service.A=1\\", "Service.B=2"}},
        Case{"at_the_end_of_file", "[Service]\nA=1\\", {"Service.A=1"}},
        Case{"only_a_comment_follows", "[Service]\nA=1\\\n#x", {"Service.A=1"}},
        Case{"of_a_header", "[Service\\\n]\nA=1", {}, {Kind::unknown_section}},
        Case{"of_a_key", "[Service]\nA\\\nB=1", {"Service.A B=1"}},
        Case{"lone_backslash", "[Service]\n\\\nA=1", {"Service.A=1"}}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    ByteOrderMark, UnitFileRule,
    testing::Values(Case{"first_line", "\xEF\xBB\xBF[Service]\nA=1", {"Service.A=1"}},
                    Case{"later_line",
                         "[Service]\n\xEF\xBB\xBF"
                         "A=1",
                         {"Service.A=1"}},
                    Case{"only_once",
                         "\xEF\xBB\xBF[Service]\n\xEF\xBB\xBF[Unit]\nA=1",
                         {"Service.A=1"},
                         {Kind::missing_equals}},
                    Case{"after_a_blank",
                         " \xEF\xBB\xBF[Service]\nA=1",
                         {},
                         {Kind::outside_section, Kind::outside_section}}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Encoding, UnitFileRule,
    testing::Values(
        Case{"bad_value",
             "[Service]\nA=1\nB=\xFF\nC=3",
             {"Service.A=1"},
             {Kind::invalid_utf8},
             true},
        Case{"noncharacter", "[Service]\nB=\xEF\xBF\xBF\nC=3", {}, {Kind::invalid_utf8}, true},
        Case{"bad_in_unknown_section",
             "[X-a]\nB=\xFF\n[Service]\nC=3",
             {},
             {Kind::invalid_utf8},
             true},
        Case{"bad_outside", "\xFF\n[Service]\nC=3", {}, {Kind::invalid_utf8}, true},
        Case{"bad_header", "[Serv\xFF]\nC=3", {}, {Kind::invalid_utf8}, true},
        Case{"split_by_continuation", "[Service]\nA=\xC3\\\n\xA9", {}, {Kind::invalid_utf8}, true}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Sections, UnitFileRule,
    testing::Values(Case{"all_three",
                         "[Unit]\nA=1\n[Service]\nB=2\n[Install]\nC=3",
                         {"Unit.A=1", "Service.B=2", "Install.C=3"}},
                    Case{"trailing_comment",
                         "[Unit]\nA=1\n[Service] # c\nB=2",
                         {"Unit.A=1"},
                         {Kind::bad_section_header},
                         true},
                    Case{"unclosed", "[Service\nB=2", {}, {Kind::bad_section_header}, true},
                    Case{"lone_bracket", "[", {}, {Kind::bad_section_header}, true},
                    Case{"quote_in_it", "[\"Service\"]\nB=2", {}, {Kind::bad_section_header}, true},
                    Case{"tab_in_it", "[Ser\tvice]\nB=2", {}, {Kind::bad_section_header}, true},
                    Case{"indented", "  [Service]  \nB=2", {"Service.B=2"}},
                    Case{"inner_blanks", "[ Service ]\nB=2", {}, {Kind::unknown_section}},
                    Case{"lower_case", "[service]\nB=2", {}, {Kind::unknown_section}},
                    Case{"empty_name", "[]\nB=2", {}, {Kind::unknown_section}},
                    Case{"other_type",
                         "[Socket]\nA=1\n[Service]\nB=2",
                         {"Service.B=2"},
                         {Kind::unknown_section}},
                    Case{"extension", "[X-Mine]\nA=1\n[Service]\nB=2", {"Service.B=2"}},
                    Case{
                        "outside", "A=1\n[Service]\nB=2", {"Service.B=2"}, {Kind::outside_section}},
                    Case{"glued_to_a_value",
                         "[Unit]\nAfter=network-online.target[Service]\nEnvironment=A=1",
                         {"Unit.After=network-online.target[Service]", "Unit.Environment=A=1"}}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Assignments, UnitFileRule,
    testing::Values(
        Case{"blanks", "[Service]\n  A  =  1 2  ", {"Service.A=1 2"}},
        Case{"case_matters", "[Service]\nenvironment=1", {"Service.environment=1"}},
        Case{"no_equals", "[Service]\nfoo\nA=1", {"Service.A=1"}, {Kind::missing_equals}},
        Case{"no_key", "[Service]\n=1\nA=1", {"Service.A=1"}, {Kind::missing_key}},
        Case{"empty_value", "[Service]\nA=\nB= \t", {"Service.A=", "Service.B="}},
        Case{"second_equals", "[Service]\nA=b=c", {"Service.A=b=c"}},
        Case{"include_is_no_directive", "[Service]\n.include /x", {}, {Kind::missing_equals}}),
    case_name);

TEST(UnitFilePositions, OfKeysAndValues) {
  const UnitFile file = parse_unit_file("/u", "[Service]\n\n  Env = A=1 \\\n# c\n   B=2\\\nC=3\n");
  ASSERT_EQ(file.directives.size(), 1U);
  const Directive& directive = file.directives.front();
  EXPECT_EQ(directive.value, "A=1     B=2 C=3");
  EXPECT_EQ(directive.position, (Position{3, 3}));
  EXPECT_EQ(directive.at(0), (Position{3, 9}));
  EXPECT_EQ(directive.at(directive.value.find("B=2")), (Position{5, 4}));
  EXPECT_EQ(directive.at(directive.value.find("C=3")), (Position{6, 1}));
  EXPECT_EQ(directive.at(directive.value.size()), (Position{6, 4}));
}

TEST(UnitFilePositions, CountTheByteOrderMark) {
  const UnitFile file = parse_unit_file("/u",
                                        "[Service]\n\xEF\xBB\xBF"
                                        "A=1");
  EXPECT_EQ(file.directives.at(0).position, (Position{2, 4}));
}

TEST(UnitFilePositions, OfAnEmptyValue) {
  const UnitFile file = parse_unit_file("/u", "[Service]\nA=");
  EXPECT_EQ(file.directives.at(0).at(0), (Position{2, 3}));
}

TEST(UnitFilePositions, OfProblems) {
  const UnitFile file = parse_unit_file("/u", "x=1\n[Service]\n  nothing\nA=b\xFF");
  ASSERT_EQ(file.problems.size(), 3U);
  EXPECT_EQ(file.problems[0].position, (Position{1, 1}));
  EXPECT_EQ(file.problems[1].position, (Position{3, 3}));
  EXPECT_EQ(file.problems[2].position, (Position{4, 4}));
}

TEST(UnitFileLines, AreFoundByNumber) {
  constexpr std::string_view kText = "a\r\nb\n\nc";
  const LineTable lines(kText);
  EXPECT_EQ(lines.line(kText, 0), "");
  EXPECT_EQ(lines.line(kText, 1), "a");
  EXPECT_EQ(lines.line(kText, 2), "b");
  EXPECT_EQ(lines.line(kText, 3), "");
  EXPECT_EQ(lines.line(kText, 4), "c");
  EXPECT_EQ(lines.line(kText, 5), "");
  EXPECT_EQ(lines.offset({2, 1}), 3U);
  EXPECT_EQ(lines.offset({4, 9}), kText.size());
  EXPECT_EQ(lines.offset({5, 1}), kText.size());
  EXPECT_EQ(lines.at(3), (Position{2, 1}));
  EXPECT_EQ(LineTable("a\n").line("a\n", 2), "");
  const UnitFile file = parse_unit_file("/u", "[Service]\nA=1\n");
  EXPECT_EQ(locate(file, {2, 3}), (Location{"/u", 2, 3, "A=1"}));
}

TEST(UnitFileTime, IsLinearInContinuedLines) {
  std::string bytes = "[Service]\nA=";
  for (int i = 0; i < 500000; ++i) bytes += "\\\n";
  bytes += "x\n";
  EXPECT_EQ(parse_unit_file("/u", bytes).directives.at(0).value, "x");
}

}  // namespace
}  // namespace ollama_gpu
