// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/unit_lookup.hpp"

#include <gtest/gtest.h>

#include "memory_files.hpp"

namespace ollama_gpu {
namespace {

using Paths = std::vector<std::string>;

// Three directories stand for the system's thirteen.
const SearchPath kPath = {"/etc/u", "/run/u", "/lib/u"};

UnitOnDisk find(const MemoryFiles& files, const std::string& name) {
  const Result<UnitOnDisk> unit = find_unit(files, kPath, *UnitName::parse(name));
  EXPECT_TRUE(unit) << (unit ? "" : unit.error().message);
  return unit ? *unit : UnitOnDisk{};
}

void expect_unit(const UnitOnDisk& unit, LoadState state, const std::string& fragment,
                 const Paths& names) {
  EXPECT_EQ(unit.load_state, state);
  EXPECT_EQ(unit.fragment, fragment);
  EXPECT_EQ(unit.names, names);
  EXPECT_EQ(unit.id, names.front());
}

TEST(Fragment, IsNotThere) {
  MemoryFiles files;
  files.file("/etc/u/a.service.d/x.conf", "x");
  const UnitOnDisk unit = find(files, "a");
  expect_unit(unit, LoadState::not_found, "", {"a.service"});
  EXPECT_TRUE(unit.drop_ins.empty()) << "systemd reads no drop-ins of a unit without a fragment";
}

TEST(Fragment, OfTheFirstDirectoryWins) {
  MemoryFiles files;
  files.file("/lib/u/a.service", "x").file("/etc/u/a.service", "x");
  files.file("/lib/u/a.service.d/x.conf", "x");
  const UnitOnDisk unit = find(files, "a");
  expect_unit(unit, LoadState::loaded, "/etc/u/a.service", {"a.service"});
  EXPECT_EQ(unit.drop_ins, (Paths{"/lib/u/a.service.d/x.conf"}));
}

TEST(Fragment, IsMaskedByALinkToDevNull) {
  MemoryFiles files;
  files.link("/etc/u/a.service", "/dev/null").file("/lib/u/a.service", "x");
  files.file("/etc/u/a.service.d/x.conf", "x");
  const UnitOnDisk unit = find(files, "a");
  expect_unit(unit, LoadState::masked, "/etc/u/a.service", {"a.service"});
}

TEST(Fragment, IsMaskedByAnEmptyFileOrALinkToOne) {
  MemoryFiles files;
  files.file("/etc/u/a.service", "").file("/srv/b", "").link("/etc/u/b.service", "/srv/b");
  EXPECT_EQ(find(files, "a").load_state, LoadState::masked);
  EXPECT_EQ(find(files, "b").load_state, LoadState::masked);
}

TEST(Fragment, ThatDanglesIsNotFound) {
  MemoryFiles files;
  files.link("/etc/u/a.service", "/srv/gone").file("/lib/u/a.service", "x");
  expect_unit(find(files, "a"), LoadState::not_found, "", {"a.service"});
}

TEST(Fragment, MayBeLinkedFromOutside) {
  MemoryFiles files;
  files.link("/etc/u/a.service", "../../srv/other.service").file("/srv/other.service", "x");
  expect_unit(find(files, "a"), LoadState::loaded, "/etc/u/a.service", {"a.service"});
}

TEST(Fragment, LinkedToItsOwnNameBelowIsThatFile) {
  MemoryFiles files;
  files.link("/etc/u/a.service", "/lib/u/a.service").file("/lib/u/a.service", "x");
  expect_unit(find(files, "a"), LoadState::loaded, "/lib/u/a.service", {"a.service"});
}

TEST(Fragment, OfATemplateServesInstances) {
  MemoryFiles files;
  files.file("/lib/u/a@.service", "x");
  expect_unit(find(files, "a@1"), LoadState::loaded, "/lib/u/a@.service", {"a@1.service"});
}

TEST(Fragment, OfAnInstanceBeatsItsTemplate) {
  MemoryFiles files;
  files.file("/etc/u/a@.service", "x").file("/lib/u/a@1.service", "x");
  expect_unit(find(files, "a@1"), LoadState::loaded, "/lib/u/a@1.service", {"a@1.service"});
}

TEST(Fragment, ThatIsADirectoryIsPassedOver) {
  MemoryFiles files;
  files.directory("/etc/u/a.service").file("/lib/u/a.service", "x").directory("/etc/u/b.service");
  EXPECT_EQ(find(files, "a").fragment, "/lib/u/a.service");
  EXPECT_EQ(find(files, "b").load_state, LoadState::not_found);
}

TEST(Fragment, LinkedToADirectoryIsFoundAndCannotBeRead) {
  MemoryFiles files;
  files.directory("/srv/d").link("/etc/u/a.service", "/srv/d");
  expect_unit(find(files, "a"), LoadState::loaded, "/etc/u/a.service", {"a.service"});
}

TEST(Alias, LeadsToTheFragmentItNames) {
  MemoryFiles files;
  files.file("/lib/u/real.service", "x").link("/etc/u/alias.service", "/lib/u/real.service");
  files.link("/lib/u/second.service", "real.service");
  const Paths names = {"real.service", "alias.service", "second.service"};
  expect_unit(find(files, "real"), LoadState::loaded, "/lib/u/real.service", names);
  expect_unit(find(files, "alias"), LoadState::loaded, "/lib/u/real.service", names);
}

TEST(Alias, GoesByNameNotByPath) {
  MemoryFiles files;
  files.file("/lib/u/real.service", "x").file("/etc/u/real.service", "y");
  files.link("/etc/u/alias.service", "/lib/u/real.service");
  EXPECT_EQ(find(files, "alias").fragment, "/etc/u/real.service");
}

TEST(Alias, MayGoThroughAnother) {
  MemoryFiles files;
  files.file("/lib/u/c.service", "x").link("/lib/u/b.service", "c.service");
  files.link("/lib/u/a.service", "b.service");
  expect_unit(find(files, "a"), LoadState::loaded, "/lib/u/c.service",
              {"c.service", "a.service", "b.service"});
}

TEST(Alias, OfNothingIsNotFound) {
  MemoryFiles files;
  files.link("/etc/u/alias.service", "gone.service").file("/lib/u/alias.service", "x");
  expect_unit(find(files, "alias"), LoadState::not_found, "", {"alias.service"});
}

TEST(Alias, InALoopIsNotFound) {
  MemoryFiles files;
  files.link("/etc/u/a.service", "b.service").link("/etc/u/b.service", "a.service");
  expect_unit(find(files, "a"), LoadState::not_found, "", {"a.service"});
}

TEST(Alias, OfAnotherTypeIsPassedOver) {
  MemoryFiles files;
  files.link("/etc/u/a.service", "b.socket").file("/etc/u/b.socket", "x");
  files.file("/lib/u/a.service", "x");
  expect_unit(find(files, "a"), LoadState::loaded, "/lib/u/a.service", {"a.service"});
}

TEST(Alias, MustAgreeInItsInstance) {
  MemoryFiles files;
  files.link("/etc/u/a@1.service", "b@2.service").file("/lib/u/b@2.service", "x");
  files.link("/etc/u/plain.service", "t@.service").file("/lib/u/t@.service", "x");
  EXPECT_EQ(find(files, "a@1").load_state, LoadState::not_found);
  EXPECT_EQ(find(files, "plain").load_state, LoadState::not_found);
}

TEST(Alias, OfAMaskedUnitIsMasked) {
  MemoryFiles files;
  files.link("/etc/u/real.service", "/dev/null").link("/etc/u/alias.service", "real.service");
  expect_unit(find(files, "alias"), LoadState::masked, "/etc/u/real.service",
              {"real.service", "alias.service"});
}

TEST(Alias, OfATemplateCoversItsInstances) {
  MemoryFiles files;
  files.file("/lib/u/t@.service", "x").link("/lib/u/alias@.service", "t@.service");
  const Paths names = {"t@1.service", "alias@1.service"};
  expect_unit(find(files, "alias@1"), LoadState::loaded, "/lib/u/t@.service", names);
  expect_unit(find(files, "t@1"), LoadState::loaded, "/lib/u/t@.service", names);
}

TEST(Alias, OfOneInstanceToATemplate) {
  MemoryFiles files;
  files.file("/lib/u/t@.service", "x").link("/lib/u/alias@1.service", "t@.service");
  expect_unit(find(files, "t@1"), LoadState::loaded, "/lib/u/t@.service",
              {"t@1.service", "alias@1.service"});
  expect_unit(find(files, "t@2"), LoadState::loaded, "/lib/u/t@.service", {"t@2.service"});
}

TEST(Alias, LosesAnInstanceWithItsOwnFile) {
  MemoryFiles files;
  files.file("/lib/u/t@.service", "x").link("/lib/u/alias@.service", "t@.service");
  files.file("/lib/u/alias@1.service", "y");
  expect_unit(find(files, "t@1"), LoadState::loaded, "/lib/u/t@.service", {"t@1.service"});
}

TEST(Alias, KeepsItsNameWhereTheTemplatesInstanceHasItsOwnFile) {
  MemoryFiles files;
  files.file("/lib/u/t@.service", "x").link("/lib/u/alias@1.service", "t@.service");
  files.file("/lib/u/t@1.service", "y");
  expect_unit(find(files, "alias@1"), LoadState::loaded, "/lib/u/t@.service",
              {"alias@1.service", "t@1.service"});
}

TEST(Lookup, FailsWhereItMayNotLook) {
  MemoryFiles files;
  files.file("/lib/u/a.service", "x").file("/etc/u/a.service.d/x.conf", "x");
  files.forbid("/etc/u/a.service.d");
  const Result<UnitOnDisk> unit = find_unit(files, kPath, *UnitName::parse("a"));
  ASSERT_FALSE(unit);
  EXPECT_EQ(unit.error().code, Errc::permission);
}

class DropIns : public testing::Test {
 protected:
  // A fragment, so that drop-ins count.
  void fragment(const std::string& name) { files_.file("/lib/u/" + name + ".service", "x"); }
  void add(const std::string& path) { files_.file(path, "x"); }
  Paths of(const std::string& name) { return find(files_, name).drop_ins; }

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

TEST_F(DropIns, ShowResolvedSearchDirectories) {
  fragment("a");
  files_.link("/etc/u", "/srv/etc");
  add("/srv/etc/a.service.d/x.conf");
  EXPECT_EQ(of("a"), (Paths{"/srv/etc/a.service.d/x.conf"}));
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
  for (const char* name : {".x", "x~", "lost+found", "aquota.user", "aquota.group", "x.rpmnew",
                           "x.rpmsave", "x.rpmorig", "x.dpkg-old", "x.dpkg-new", "x.dpkg-tmp",
                           "x.dpkg-dist", "x.dpkg-bak", "x.dpkg-backup", "x.dpkg-remove",
                           "x.ucf-new", "x.ucf-old", "x.ucf-dist", "x.swp", "x.bak", "x.old",
                           "x.new", "x.ignore"}) {
    EXPECT_TRUE(is_hidden_or_backup(name)) << name;
  }
  for (const char* name : {"x", "x.conf", "bak", "x.bak.conf", "x.BAK", "~x", "lost"}) {
    EXPECT_FALSE(is_hidden_or_backup(name)) << name;
  }
}

TEST(SearchPaths, GoFromHighToLow) {
  const SearchPath system = system_search_path();
  EXPECT_EQ(system.front(), "/etc/systemd/system.control");
  EXPECT_EQ(system.back(), "/run/systemd/generator.late");
  const SearchPath user = user_search_path({"/h/.config", "/run/user/1", "/h/.local/share"});
  EXPECT_EQ(user.front(), "/h/.config/systemd/user.control");
  EXPECT_EQ(user.at(4), "/h/.config/systemd/user");
  EXPECT_EQ(user.back(), "/run/user/1/systemd/generator.late");
}

}  // namespace
}  // namespace ollama_gpu
