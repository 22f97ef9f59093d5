// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "ollama_gpu/core/systemd/environment.hpp"

namespace ollama_gpu {
namespace {

using Status = Expansion::Status;

struct Case {
  const char* name;
  std::string_view text;
  Status status;
  std::string_view expected;
  std::size_t offset = 0;
};

class Specifiers : public testing::TestWithParam<Case> {};

TEST_P(Specifiers, AreExpandedAsSystemdDoes) {
  const SpecifierTable table{
      {'n', "a@b.service"}, {'i', "b"}, {'j', ""}, {'I', std::string(kFailingSpecifier)}};
  const Expansion expansion = expand_specifiers(GetParam().text, table);
  EXPECT_EQ(expansion.status, GetParam().status);
  if (GetParam().status != Status::invalid) {
    EXPECT_EQ(expansion.text, GetParam().expected);
  }
  EXPECT_EQ(expansion.offset, GetParam().offset);
}

INSTANTIATE_TEST_SUITE_P(
    Rules, Specifiers,
    testing::Values(
        Case{"none", "A=1", Status::ok, "A=1"}, Case{"percent", "100%%", Status::ok, "100%"},
        Case{"known", "A=%n/%i", Status::ok, "A=a@b.service/b"},
        Case{"empty_value", "A=%jx", Status::ok, "A=x"},
        Case{"lone_at_end", "A=5%", Status::ok, "A=5%"},
        Case{"before_other_character", "A=5% x%-%\xC3\xA9", Status::ok, "A=5% x%-%\xC3\xA9"},
        Case{"doubled_then_letter", "%%n", Status::ok, "%n"},
        Case{"triple", "%%%i", Status::ok, "%b"},
        Case{"unknown_letter", "A=%x1", Status::invalid, "", 2},
        Case{"digit", "http://u:p%40h", Status::invalid, "", 10},
        Case{"host_dependent", "A=%H", Status::unresolved, "A=%H", 2},
        Case{"failing", "A=%I", Status::invalid, "", 2},
        Case{"invalid_beats_unresolved", "%H%X", Status::invalid, "", 2},
        Case{"first_unresolved_shown", "a%H%m%n", Status::unresolved, "a%H%ma@b.service", 1}),
    [](const testing::TestParamInfo<Case>& row) { return std::string(row.param.name); });

TEST(SpecifierTable, FollowsFromTheName) {
  const SpecifierTable table = specifiers_of(*UnitName::parse("foo-bar\\x2d@a-b"));
  EXPECT_EQ(table.at('n'), "foo-bar\\x2d@a-b.service");
  EXPECT_EQ(table.at('N'), "foo-bar\\x2d@a-b");
  EXPECT_EQ(table.at('p'), "foo-bar\\x2d");
  EXPECT_EQ(table.at('P'), "foo/bar-");
  EXPECT_EQ(table.at('i'), "a-b");
  EXPECT_EQ(table.at('I'), "a/b");
  EXPECT_EQ(table.at('j'), "bar\\x2d");
  EXPECT_EQ(table.at('J'), "bar-");
  EXPECT_EQ(table.at('f'), "/a/b");
}

TEST(SpecifierTable, OfAPlainName) {
  const SpecifierTable table = specifiers_of(*UnitName::parse("ollama"));
  EXPECT_EQ(table.at('i'), "");
  EXPECT_EQ(table.at('I'), "");
  EXPECT_EQ(table.at('j'), "ollama");
  EXPECT_EQ(table.at('f'), "/ollama");
}

TEST(SpecifierTable, KnowsWhatFails) {
  const SpecifierTable table = specifiers_of(*UnitName::parse("a@bad\\q"));
  EXPECT_EQ(table.at('i'), "bad\\q");
  EXPECT_EQ(table.at('I'), kFailingSpecifier);
  EXPECT_EQ(table.at('f'), kFailingSpecifier);
  EXPECT_EQ(specifiers_of(*UnitName::parse("a@-x")).at('f'), kFailingSpecifier);
  EXPECT_EQ(specifiers_of(*UnitName::parse("a@-")).at('f'), "/");
  EXPECT_EQ(specifiers_of(*UnitName::parse("a@x-..-y")).at('f'), kFailingSpecifier);
}

}  // namespace
}  // namespace ollama_gpu
