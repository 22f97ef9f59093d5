// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/systemd/unit_lookup.hpp"

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
