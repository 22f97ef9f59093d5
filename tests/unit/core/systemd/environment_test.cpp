// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/systemd/environment.hpp"

#include <gtest/gtest.h>

namespace ollama_gpu {
namespace {

using Strings = std::vector<std::string>;

UnitEnvironment merge(const Strings& files) {
  std::vector<UnitFile> parsed;
  for (const std::string& text : files) {
    parsed.push_back(parse_unit_file("/" + std::to_string(parsed.size()), text));
  }
  return merge_environment(parsed, {"", {}, specifiers_of(*UnitName::parse("x-u@i"))});
}

Strings shown(const std::vector<Assignment>& assignments) {
  Strings result;
  for (const Assignment& a : assignments) result.push_back(a.name + "=" + a.value);
  return result;
}

Strings shown(const std::vector<NamedSource>& list) {
  Strings result;
  for (const NamedSource& entry : list) result.push_back(entry.text);
  return result;
}

Strings shown(const std::vector<EnvironmentFileReference>& list) {
  Strings result;
  for (const EnvironmentFileReference& r : list) result.push_back((r.optional ? "-" : "") + r.path);
  return result;
}

struct Case {
  const char* name;
  Strings lines;  // of one [Service] section
  Strings expected;
  std::size_t dropped = 0;
};

std::string case_name(const testing::TestParamInfo<Case>& info) { return info.param.name; }

UnitEnvironment merge_lines(const Case& c) {
  std::string text = "[Service]\n";
  for (const std::string& line : c.lines) text += line + "\n";
  return merge({text});
}

class EnvironmentRule : public testing::TestWithParam<Case> {};

TEST_P(EnvironmentRule, HoldsAsInSystemd) {
  const UnitEnvironment unit = merge_lines(GetParam());
  EXPECT_EQ(shown(unit.environment), GetParam().expected);
  EXPECT_EQ(unit.dropped.size(), GetParam().dropped);
}

INSTANTIATE_TEST_SUITE_P(
    Rules, EnvironmentRule,
    testing::Values(
        Case{"several", {"Environment=A=1 \"B=x y\" 'C=z'"}, {"A=1", "B=x y", "C=z"}},
        Case{"replaced_in_place", {"Environment=A=1 B=2", "Environment=A=3"}, {"A=3", "B=2"}},
        Case{"replaced_in_one_line", {"Environment=A=1 B=2 A=3"}, {"A=3", "B=2"}},
        Case{"reset", {"Environment=A=1", "Environment=", "Environment=B=2"}, {"B=2"}},
        Case{"reset_with_blanks", {"Environment=A=1", "Environment=  \t"}, {}},
        Case{"empty_quotes_are_no_reset", {"Environment=A=1", "Environment=\"\""}, {"A=1"}, 1},
        Case{"again_after_reset",
             {"Environment=A=1 B=2", "Environment=", "Environment=B=3 A=4"},
             {"B=3", "A=4"}},
        Case{"empty_value", {"Environment=A="}, {"A="}},
        Case{"value_with_equals", {"Environment=A=b=c"}, {"A=b=c"}},
        Case{"inline_comment", {"Environment=A=1 # c"}, {"A=1"}, 2},
        Case{"commented_word", {"Environment=A=1 #B=2"}, {"A=1"}, 1},
        Case{"bad_escape", {"Environment=A=1 B=\\q C=3"}, {"A=1"}, 1},
        Case{"windows_path", {"Environment=A=C:\\Users B=2"}, {}, 1},
        Case{"unbalanced_later", {"Environment=A=1 \"B=2"}, {"A=1"}, 1},
        Case{"bad_names", {"Environment=1A=x A.B=x A-B=x =x A C=3"}, {"C=3"}, 5},
        Case{"underscore_and_digits", {"Environment=_1=x a9=y"}, {"_1=x", "a9=y"}},
        Case{"unknown_specifier", {"Environment=A=%4 B=2"}, {"B=2"}, 1},
        Case{"percent_proxy", {"Environment=P=http://u%40x B=2"}, {"B=2"}, 1},
        Case{"doubled_percent", {"Environment=A=100%%"}, {"A=100%"}},
        Case{"specifier", {"Environment=A=%n B=%i"}, {"A=x-u@i.service", "B=i"}},
        Case{"specifier_in_name", {"Environment=X%j=1"}, {"Xu=1"}},
        Case{"specifier_after_unescaping", {"Environment=A=\\x25i"}, {"A=i"}},
        Case{"escaped_bytes_not_utf8", {"Environment=A=\\xff B=2"}, {"B=2"}, 1},
        Case{"surrogate", {"Environment=A=\\ud800 B=2"}, {"B=2"}, 1},
        Case{"control_characters", {"Environment=A=\\x01\\n\\x7f"}, {"A=\x01\n\x7f"}},
        Case{"dollar_means_nothing", {"Environment=A=$HOME/x"}, {"A=$HOME/x"}},
        Case{"other_keys", {"environment=A=1", "Environment =B=2", "X-Environment=C=3"}, {"B=2"}},
        Case{"space_around_equals", {"Environment=A = 1"}, {}, 3},
        Case{"export", {"Environment=export A=1"}, {"A=1"}, 1}),
    case_name);

TEST(Environment, OnlyCountsInTheServiceSection) {
  const UnitEnvironment unit =
      merge({"[Unit]\nEnvironment=A=1\n[Install]\nEnvironment=B=1\n[Service]\nEnvironment=C=1\n"});
  EXPECT_EQ(shown(unit.environment), (Strings{"C=1"}));
}

TEST(Environment, GoesThroughTheFilesInOrder) {
  const UnitEnvironment unit =
      merge({"[Service]\nEnvironment=A=1 B=1\n", "[Service]\nEnvironment=B=2\nEnvironment=C=1",
             "Environment=D=1\n[Service]\nEnvironment=A=3"});
  EXPECT_EQ(shown(unit.environment), (Strings{"A=3", "B=2", "C=1"}));
  EXPECT_EQ(shown(unit.overridden), (Strings{"B=1", "A=1"}));
}

TEST(Environment, KeepsWhatStoodBeforeAFileBroke) {
  const UnitEnvironment unit =
      merge({"[Service]\nEnvironment=A=1\nEnvironment=B=\xFF\n", "[Service]\nEnvironment=C=1\n"});
  EXPECT_EQ(shown(unit.environment), (Strings{"A=1", "C=1"}));
}

TEST(Environment, DoesNotLeakAContinuationIntoTheNextFile) {
  const UnitEnvironment unit =
      merge({"[Service]\nEnvironment=A=1 \\", "[Service]\nEnvironment=B=2"});
  EXPECT_EQ(shown(unit.environment), (Strings{"A=1", "B=2"}));
}

TEST(Environment, KnowsWhereItComesFrom) {
  const UnitEnvironment unit = merge({"[Service]\nEnvironment=A=1 \\\n  B=2\nEnvironment=C=%9\n"});
  ASSERT_EQ(unit.environment.size(), 2U);
  EXPECT_EQ(unit.environment[0].source, (Source{"/0", 2, 13, "Environment"}));
  EXPECT_EQ(unit.environment[1].source, (Source{"/0", 3, 3, "Environment"}));
  ASSERT_EQ(unit.dropped.size(), 1U);
  EXPECT_EQ(unit.dropped[0].position, (Position{4, 13}));
  EXPECT_EQ(unit.dropped[0].directive, "Environment");
}

TEST(Environment, ListsAResetsVictimsAsBeaten) {
  const UnitEnvironment unit = merge({"[Service]\nEnvironment=A=1 B=1\nEnvironment=\n"});
  EXPECT_TRUE(unit.environment.empty());
  EXPECT_EQ(shown(unit.overridden), (Strings{"A=1", "B=1"}));
}

TEST(Environment, KeepsUnresolvedSpecifiersAsWritten) {
  const UnitEnvironment unit = merge({"[Service]\nEnvironment=A=%H B=2\n"});
  EXPECT_EQ(shown(unit.environment), (Strings{"A=%H", "B=2"}));
  EXPECT_EQ(shown(unit.unresolved), (Strings{"A=%H"}));
  EXPECT_TRUE(unit.dropped.empty());
}

TEST(Environment, TakesAHundredThousandAssignmentsInLinearTime) {
  std::string text = "[Service]\n";
  for (int i = 0; i < 100000; ++i) text += "Environment=V" + std::to_string(i) + "=1\n";
  for (int i = 0; i < 100000; ++i) text += "Environment=V" + std::to_string(i) + "=2\n";
  const UnitEnvironment unit = merge({text});
  EXPECT_EQ(unit.environment.size(), 100000U);
  EXPECT_EQ(unit.overridden.size(), 100000U);
}

class FilesRule : public testing::TestWithParam<Case> {};

TEST_P(FilesRule, HoldsAsInSystemd) {
  const UnitEnvironment unit = merge_lines(GetParam());
  EXPECT_EQ(shown(unit.environment_files), GetParam().expected);
  EXPECT_EQ(unit.dropped.size(), GetParam().dropped);
}

INSTANTIATE_TEST_SUITE_P(
    Rules, FilesRule,
    testing::Values(
        Case{"appended", {"EnvironmentFile=/a", "EnvironmentFile=-/b"}, {"/a", "-/b"}},
        Case{"twice", {"EnvironmentFile=/a", "EnvironmentFile=/a"}, {"/a", "/a"}},
        Case{"reset", {"EnvironmentFile=/a", "EnvironmentFile=", "EnvironmentFile=/b"}, {"/b"}},
        Case{"blanks_belong_to_it", {"EnvironmentFile=/a b"}, {"/a b"}},
        Case{"quotes_do_not_go", {"EnvironmentFile=\"/a\""}, {}, 1},
        Case{"relative", {"EnvironmentFile=a/b", "EnvironmentFile=-a"}, {}, 2},
        Case{"only_a_dash", {"EnvironmentFile=-"}, {}, 1},
        Case{"simplified", {"EnvironmentFile=//a/./b//c/"}, {"/a/b/c"}},
        Case{"climbing", {"EnvironmentFile=/a/../b"}, {}, 1},
        Case{"glob_kept", {"EnvironmentFile=/etc/*.env"}, {"/etc/*.env"}},
        Case{"specifier", {"EnvironmentFile=/etc/%i.env"}, {"/etc/i.env"}},
        Case{"unknown_specifier", {"EnvironmentFile=/etc/%9"}, {}, 1}),
    case_name);

class PassRule : public testing::TestWithParam<Case> {};

TEST_P(PassRule, HoldsAsInSystemd) {
  const UnitEnvironment unit = merge_lines(GetParam());
  EXPECT_EQ(shown(unit.pass_environment), GetParam().expected);
  EXPECT_EQ(unit.dropped.size(), GetParam().dropped);
}

INSTANTIATE_TEST_SUITE_P(
    Rules, PassRule,
    testing::Values(Case{"names", {"PassEnvironment=A B", "PassEnvironment=B C"}, {"A", "B", "C"}},
                    Case{"reset", {"PassEnvironment=A", "PassEnvironment="}, {}},
                    Case{"again_after_reset",
                         {"PassEnvironment=A", "PassEnvironment=", "PassEnvironment=A"},
                         {"A"}},
                    Case{"no_assignments", {"PassEnvironment=A=1 B"}, {"B"}, 1},
                    Case{"backslash_is_no_escape", {"PassEnvironment=\\A\\B"}, {"AB"}},
                    Case{"trailing_garbage", {"PassEnvironment=A \"B"}, {"A"}, 1},
                    Case{"specifier", {"PassEnvironment=V%j"}, {"Vu"}}),
    case_name);

class UnsetRule : public testing::TestWithParam<Case> {};

TEST_P(UnsetRule, HoldsAsInSystemd) {
  const UnitEnvironment unit = merge_lines(GetParam());
  EXPECT_EQ(shown(unit.unset_environment), GetParam().expected);
  EXPECT_EQ(unit.dropped.size(), GetParam().dropped);
}

INSTANTIATE_TEST_SUITE_P(
    Rules, UnsetRule,
    testing::Values(
        Case{"names_and_assignments", {"UnsetEnvironment=A \"B=x y\""}, {"A", "B=x y"}},
        Case{"once_each", {"UnsetEnvironment=A A", "UnsetEnvironment=A A=1"}, {"A", "A=1"}},
        Case{"reset", {"UnsetEnvironment=A", "UnsetEnvironment="}, {}},
        Case{"bad", {"UnsetEnvironment=1 A"}, {"A"}, 1},
        Case{"escapes", {"UnsetEnvironment=\\x41"}, {"A"}},
        Case{"broken", {"UnsetEnvironment=A \\q B"}, {"A"}, 1}),
    case_name);

TEST(EffectiveEnvironment, LaterLayersWin) {
  const UnitEnvironment unit =
      merge({"[Service]\nEnvironment=A=unit1 B=unit\n", "[Service]\nEnvironment=A=unit2\n"});
  const EnvironmentFile first = parse_environment_file("/f", "A=file1\n", 252);
  const EnvironmentFile second = parse_environment_file("/g", "A=file2\n", 252);
  const Assignment manager{"A", "manager", {"", 0, 0, "DefaultEnvironment"}};
  const EffectiveEnvironment result = effective_environment(unit, {first, second}, {manager});
  const EffectiveVariable& a = result.variables.at("A");
  EXPECT_EQ(a.value, "file2");
  EXPECT_EQ(a.source, (Source{"/g", 1, 1, "EnvironmentFile"}));
  EXPECT_EQ(shown(a.overridden), (Strings{"A=file1", "A=unit2", "A=unit1", "A=manager"}));
  EXPECT_EQ(result.variables.at("B").value, "unit");
}

TEST(EffectiveEnvironment, UnsetTakesAwayLast) {
  const UnitEnvironment unit = merge(
      {"[Service]\nEnvironment=A=1 B=2 C=3\nUnsetEnvironment=A B=2 C=4 D\nEnvironment=A=5\n"});
  const EffectiveEnvironment result = effective_environment(unit, {}, {});
  EXPECT_EQ(result.variables.size(), 1U);
  EXPECT_EQ(result.variables.at("C").value, "3");
  EXPECT_EQ(result.unset.size(), 2U);
  EXPECT_EQ(result.unset.at("B").text, "B=2");
  EXPECT_EQ(result.unset.at("A").source.line, 3U);
}

TEST(EffectiveEnvironment, AResetVariableIsNotSet) {
  const UnitEnvironment unit = merge({"[Service]\nEnvironment=A=1\nEnvironment=\n"});
  EXPECT_TRUE(effective_environment(unit, {}, {}).variables.empty());
}

TEST(VariableNames, AreLettersDigitsAndUnderscores) {
  for (const char* name : {"A", "_", "a1", "OLLAMA_HOST"})
    EXPECT_TRUE(is_variable_name(name)) << name;
  for (const char* name : {"", "1", "A B", "A.B", "A-B", "\xC3\xA9"}) {
    EXPECT_FALSE(is_variable_name(name)) << name;
  }
}

}  // namespace
}  // namespace ollama_gpu
