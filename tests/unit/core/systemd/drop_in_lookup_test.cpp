// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "memory_files.hpp"
#include "ollama_gpu/core/systemd/unit_lookup.hpp"

namespace ollama_gpu {
namespace {

using Paths = std::vector<std::string>;

// Three directories stand for the system's thirteen.
const SearchPath kPath = {"/etc/u", "/run/u", "/lib/u"};

class DropIns : public testing::Test {
 protected:
  // A fragment, so that drop-ins count.
  void fragment(const std::string& name) { files_.file("/lib/u/" + name + ".service", "x"); }
  void add(const std::string& path) { files_.file(path, "x"); }
  Paths of(const std::string& name) {
    const Result<UnitOnDisk> unit = find_unit(files_, kPath, *UnitName::parse(name));
    EXPECT_TRUE(unit) << (unit ? "" : unit.error().message);
    return unit ? unit->drop_ins : Paths{};
  }

  MemoryFiles files_;
};

TEST_F(DropIns, AreSortedBytewiseAcrossDirectories) {
  fragment("a");
  for (const char* name : {"zz", "override", "99-x", "_", "B", "a", "10-a"}) {
    add("/etc/u/a.service.d/" + std::string(name) + ".conf");
  }
  add("/lib/u/a.service.d/90-z.conf");
  EXPECT_EQ(of("a"), (Paths{"/etc/u/a.service.d/10-a.conf", "/lib/u/a.service.d/90-z.conf",
                            "/etc/u/a.service.d/99-x.conf", "/etc/u/a.service.d/B.conf",
                            "/etc/u/a.service.d/_.conf", "/etc/u/a.service.d/a.conf",
                            "/etc/u/a.service.d/override.conf", "/etc/u/a.service.d/zz.conf"}));
}

TEST_F(DropIns, OfTheSameNameComeFromTheFirstDirectory) {
  fragment("a");
  add("/lib/u/a.service.d/x.conf");
  add("/run/u/a.service.d/x.conf");
  EXPECT_EQ(of("a"), (Paths{"/run/u/a.service.d/x.conf"}));
}

TEST_F(DropIns, AreMaskedByLinksAndEmptyFilesThatStayListed) {
  fragment("a");
  for (const char* name : {"null", "empty", "dangling"}) {
    add("/lib/u/a.service.d/" + std::string(name) + ".conf");
  }
  files_.link("/etc/u/a.service.d/null.conf", "/dev/null");
  files_.file("/etc/u/a.service.d/empty.conf", "");
  files_.link("/etc/u/a.service.d/dangling.conf", "/gone");
  EXPECT_EQ(of("a"), (Paths{"/etc/u/a.service.d/dangling.conf", "/etc/u/a.service.d/empty.conf",
                            "/etc/u/a.service.d/null.conf"}));
}

TEST_F(DropIns, HiddenAndOtherwiseNamedFilesDoNotCount) {
  fragment("a");
  for (const char* name : {".conf", ".x.conf", ".#x.conf123", "x.CONF", "x.conf~", "x.conf.bak",
                           "x.conf.dpkg-new", "x", "y.conf"}) {
    add("/etc/u/a.service.d/" + std::string(name));
  }
  files_.directory("/etc/u/a.service.d/d.conf").file("/etc/u/a.service.d/sub/z.conf", "x");
  EXPECT_EQ(of("a"), (Paths{"/etc/u/a.service.d/d.conf", "/etc/u/a.service.d/y.conf"}));
}

TEST_F(DropIns, PathBeatsSpecificity) {
  fragment("t06-a-b");
  add("/lib/u/t06-a-b.service.d/x.conf");
  add("/etc/u/t06-.service.d/x.conf");
  EXPECT_EQ(of("t06-a-b"), (Paths{"/etc/u/t06-.service.d/x.conf"}));
}

TEST_F(DropIns, SpecificityCountsWithinADirectory) {
  fragment("a-b-c");
  add("/etc/u/a-.service.d/x.conf");
  add("/etc/u/a-b-.service.d/x.conf");
  add("/etc/u/a-.service.d/y.conf");
  EXPECT_EQ(of("a-b-c"), (Paths{"/etc/u/a-b-.service.d/x.conf", "/etc/u/a-.service.d/y.conf"}));
}

TEST_F(DropIns, PrefixesNeedADash) {
  fragment("ollama");
  fragment("-a");
  fragment("a--");
  add("/etc/u/ollama-.service.d/x.conf");
  add("/etc/u/-.service.d/x.conf");
  add("/etc/u/a-.service.d/x.conf");
  EXPECT_TRUE(of("ollama").empty());
  EXPECT_TRUE(of("-a").empty());
  EXPECT_EQ(of("a--"), (Paths{"/etc/u/a-.service.d/x.conf"}));
}

TEST_F(DropIns, OfTheTypeComeLast) {
  fragment("a");
  add("/etc/u/service.d/x.conf");
  add("/lib/u/a.service.d/x.conf");
  add("/lib/u/service.d/y.conf");
  EXPECT_EQ(of("a"), (Paths{"/lib/u/a.service.d/x.conf", "/lib/u/service.d/y.conf"}));
}

TEST_F(DropIns, OfAnInstanceMaskItsTemplates) {
  fragment("a@");
  add("/etc/u/a@.service.d/x.conf");
  add("/etc/u/a@.service.d/y.conf");
  add("/etc/u/a@1.service.d/x.conf");
  EXPECT_EQ(of("a@1"), (Paths{"/etc/u/a@1.service.d/x.conf", "/etc/u/a@.service.d/y.conf"}));
  EXPECT_EQ(of("a@2"), (Paths{"/etc/u/a@.service.d/x.conf", "/etc/u/a@.service.d/y.conf"}));
}

TEST_F(DropIns, OfAnInstancesPrefixes) {
  fragment("a-b@");
  // The order of precedence: instance, template, the template's prefix (without "@"), then the
  // prefix's instance and template.
  const Paths directories = {"a-b@1", "a-b@", "a-", "a-@1", "a-@"};
  for (std::size_t i = 0; i < directories.size(); ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      add("/etc/u/" + directories[i] + ".service.d/" + std::to_string(j) + ".conf");
    }
  }
  Paths expected;
  for (std::size_t i = 0; i < directories.size(); ++i) {
    expected.push_back("/etc/u/" + directories[i] + ".service.d/" + std::to_string(i) + ".conf");
  }
  EXPECT_EQ(of("a-b@1"), expected);
}

TEST_F(DropIns, OfAliasesCountAndTheIdsWin) {
  fragment("real");
  files_.link("/etc/u/alias.service", "/lib/u/real.service");
  add("/etc/u/alias.service.d/x.conf");
  add("/etc/u/alias.service.d/y.conf");
  add("/lib/u/real.service.d/x.conf");
  EXPECT_EQ(of("alias"), (Paths{"/lib/u/real.service.d/x.conf", "/etc/u/alias.service.d/y.conf"}));
}

TEST_F(DropIns, ShowTheDirectoryThatALinkLeadsTo) {
  fragment("a");
  add("/srv/d/x.conf");
  files_.link("/etc/u/a.service.d", "../../srv/d");
  EXPECT_EQ(of("a"), (Paths{"/srv/d/x.conf"}));
}

// Seen on 252, 257 and 262: the manager looks for a relative link's target below /.
TEST_F(DropIns, OfARelativeLinkWithinTheSearchPathAreNotRead) {
  fragment("a");
  add("/etc/u/b.service.d/x.conf");
  for (const char* link : {"b.service.d", "./b.service.d", "../u/b.service.d"}) {
    files_.link("/etc/u/a.service.d", link);
    EXPECT_EQ(of("a"), Paths()) << link;
  }
  files_.link("/etc/u/a.service.d", "/etc/u/b.service.d");
  EXPECT_EQ(of("a"), (Paths{"/etc/u/b.service.d/x.conf"}));
  files_.link("/etc/u/a.service.d", "../../etc/u/b.service.d");
  EXPECT_EQ(of("a"), (Paths{"/etc/u/b.service.d/x.conf"}));
  files_.link("/etc/u/a.service.d", "etc/u/b.service.d");  // leads somewhere from / alone
  EXPECT_EQ(of("a"), Paths());
}

TEST_F(DropIns, ShowResolvedSearchDirectories) {
  fragment("a");
  files_.link("/etc/u", "/srv/etc");
  add("/srv/etc/a.service.d/x.conf");
  EXPECT_EQ(of("a"), (Paths{"/srv/etc/a.service.d/x.conf"}));
}

TEST_F(DropIns, WhoseLinkLeadsNowherePossibleAreLeftOutSince258) {
  fragment("a");
  const std::string directory = "/etc/u/a.service.d/";
  files_.link(directory + "climbs.conf", "no/../file").link(directory + "loop.conf", "loop.conf");
  files_.link(directory + "gone.conf", "gone").link(directory + "below.conf", "/lib/u/a.service/x");
  add("/run/u/a.service.d/loop.conf");
  for (const unsigned version : {257U, 258U}) {
    const auto unit = find_unit(files_, kPath, *UnitName::parse("a"), version);
    ASSERT_TRUE(unit);
    EXPECT_EQ(unit->drop_ins,
              version < 258 ? (Paths{directory + "below.conf", directory + "climbs.conf",
                                     directory + "gone.conf", directory + "loop.conf"})
                            : (Paths{directory + "gone.conf", "/run/u/a.service.d/loop.conf"}));
  }
}

TEST_F(DropIns, DirectoriesThatAreNoneAreIgnored) {
  fragment("a");
  files_.file("/etc/u/a.service.d", "x").link("/run/u/a.service.d", "/gone");
  add("/lib/u/a.service.d/x.conf");
  EXPECT_EQ(of("a"), (Paths{"/lib/u/a.service.d/x.conf"}));
}

TEST_F(DropIns, DirectoryInALoopIsPassedOver) {
  fragment("a-b");
  files_.link("/etc/u/a-b.service.d", "a-b.service.d");
  add("/etc/u/a-.service.d/x.conf");
  EXPECT_EQ(of("a-b"), (Paths{"/etc/u/a-.service.d/x.conf"}));
}

TEST(HiddenNames, AreTheOnesOfSystemd) {
  for (const char* name :
       {".x",         "x~",          "lost+found", "aquota.user",   "aquota.group",
        "x.rpmnew",   "x.rpmsave",   "x.rpmorig",  "x.dpkg-old",    "x.dpkg-new",
        "x.dpkg-tmp", "x.dpkg-dist", "x.dpkg-bak", "x.dpkg-backup", "x.dpkg-remove",
        "x.ucf-new",  "x.ucf-old",   "x.ucf-dist", "x.swp",         "x.bak",
        "x.old",      "x.new",       "x.ignore"}) {
    EXPECT_TRUE(is_hidden_or_backup(name)) << name;
  }
  for (const char* name : {"x", "x.conf", "bak", "x.bak.conf", "x.BAK", "~x", "lost"}) {
    EXPECT_FALSE(is_hidden_or_backup(name)) << name;
  }
}

}  // namespace
}  // namespace ollama_gpu
