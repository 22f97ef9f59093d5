// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/systemd/overlay_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "memory_files.hpp"

namespace ollama_gpu {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::vector<std::string> names(const Result<std::vector<DirectoryEntry>>& entries) {
  if (!entries) return {std::string(error_name(entries.error().code))};
  std::vector<std::string> found;
  for (const DirectoryEntry& entry : *entries) {
    found.push_back(entry.name + (entry.type == FileType::directory ? "/" : ""));
  }
  return found;
}

TEST(OverlayFiles, AddsAFileAndTheDirectoriesOnTheWay) {
  MemoryFiles base;
  base.file("/etc/other", "x");
  const OverlayFiles world(base, "/etc/a/b.d/c.conf", "new");
  EXPECT_THAT(names(world.list("/etc")), UnorderedElementsAre("other", "a/"));
  EXPECT_THAT(names(world.list("/etc/a")), ElementsAre("b.d/"));
  EXPECT_THAT(names(world.list("/etc/a/b.d")), ElementsAre("c.conf"));
  EXPECT_EQ(world.read("/etc/a/b.d/c.conf").value(), "new");
  EXPECT_EQ(world.read("/etc/other").value(), "x");
  EXPECT_EQ(world.status("/etc/a")->type, FileType::directory);
  EXPECT_EQ(world.status("/etc/a/b.d/c.conf")->size, 3U);
  EXPECT_EQ(world.resolve("/etc/a/b.d/c.conf").value(), "/etc/a/b.d/c.conf");
  EXPECT_EQ(world.resolve("/etc/a").value(), "/etc/a");
  EXPECT_FALSE(world.status("/etc/b"));
  EXPECT_FALSE(world.read_link("/etc/a/b.d/c.conf"));
}

TEST(OverlayFiles, ReplacesAFile) {
  MemoryFiles base;
  base.file("/d/a", "old").file("/d/b", "b");
  const OverlayFiles world(base, "/d/a", "new");
  EXPECT_THAT(names(world.list("/d")), UnorderedElementsAre("a", "b"));
  EXPECT_EQ(world.read("/d/a").value(), "new");
  EXPECT_EQ(world.read("/d/b").value(), "b");
}

TEST(OverlayFiles, HidesAFile) {
  MemoryFiles base;
  base.file("/d/a", "old");
  const OverlayFiles world(base, "/d/a", std::nullopt);
  EXPECT_THAT(names(world.list("/d")), IsEmpty());
  EXPECT_EQ(world.read("/d/a").error().code, Errc::not_found);
  EXPECT_EQ(world.status("/d/a").error().code, Errc::not_found);
}

TEST(OverlayFiles, HidesNothingWhereNothingIs) {
  const MemoryFiles base;
  const OverlayFiles world(base, "/d/a", std::nullopt);
  EXPECT_THAT(names(world.list("/d")), ElementsAre("not_found"));
  EXPECT_THAT(names(world.list("/")), ElementsAre("dev/"));
  EXPECT_FALSE(world.status("/d"));
}

}  // namespace
}  // namespace ollama_gpu
