// SPDX-License-Identifier: MIT
// A change that a crashed run left half done is put back first.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/world.hpp"

namespace ollama_gpu {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const ports::FileContent kHalf{"[Service]\nEnvironment=\"OLLAMA_NUM_PARALLEL=9\"\n", 0644, 0, 0};

ports::Generation half_done(std::optional<ports::FileContent> former) {
  ports::Generation generation;
  generation.result = ports::GenerationResult::pending;
  generation.unit = "ollama.service";
  generation.files = {{kOurs, std::move(former), kHalf}};
  return generation;
}

void leave_half_done(World& world, std::optional<ports::FileContent> former) {
  world.files.put(kOurs, kHalf.bytes);
  world.store.store(half_done(std::move(former))).value();
  world.systemd.boot();
  world.calls.clear();
}

TEST(PendingGeneration, IsSaidByWhatOnlyLooks) {
  World world;
  leave_half_done(world, std::nullopt);
  auto context = world.context();
  EXPECT_THAT(app::verify(context).report.warnings, testing::Contains(HasSubstr("interrupted")));
  EXPECT_THAT(app::status(context).report.warnings, testing::Contains(HasSubstr("interrupted")));
}

TEST(PendingGeneration, IsPutBackFirst) {
  World world;
  leave_half_done(world, std::nullopt);
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_EQ(world.store.generations[0].result, ports::GenerationResult::rolled_back);
  EXPECT_EQ(world.store.last_result(), "done");
  EXPECT_EQ(world.calls.all().front(), "remove");
  EXPECT_EQ(world.systemd.environment("OLLAMA_NUM_PARALLEL"), "(none)");
  EXPECT_THAT(world.messages.text(), HasSubstr("interrupted run"));
}

TEST(PendingGeneration, IsConvergedOnByAnEmptyConfigure) {
  World world;
  leave_half_done(world, std::nullopt);
  EXPECT_THAT(world.configure(Ask()), ExitsWith(0));
  EXPECT_THAT(world.calls.all(), ElementsAre("remove", "reload", "reset-failed", "restart"));
  EXPECT_EQ(world.systemd.environment("OLLAMA_NUM_PARALLEL"), "(none)");
}

TEST(PendingGeneration, ThatWroteNothingYetIsOnlyMarked) {
  World world;
  world.store.store(half_done(std::nullopt)).value();
  world.calls.clear();
  EXPECT_THAT(world.configure(Ask()), ExitsWith(0));
  EXPECT_THAT(world.calls.all(), IsEmpty());
  EXPECT_EQ(world.store.last_result(), "rolled back");
}

TEST(PendingGeneration, LeavesAFileThatWasEditedSince) {
  World world;
  leave_half_done(world, std::nullopt);
  world.files.put(kOurs, "[Service]\nEnvironment=OLLAMA_DEBUG=1\n");
  EXPECT_THAT(world.configure(Ask()), ExitsWith(0));
  EXPECT_EQ(world.store.generations[0].result, ports::GenerationResult::failed);
  EXPECT_THAT(world.messages.text(), HasSubstr("edited since"));
  EXPECT_EQ(world.systemd.environment("OLLAMA_DEBUG"), "1");
}

TEST(PendingGeneration, StopsEverythingWhereItCannotBePutBack) {
  World world;
  leave_half_done(world, std::nullopt);
  world.files.exchange_fails = Error{Errc::failed, "read-only file system"};
  EXPECT_THAT(world.configure(Ask()), ExitsWith(1));
  EXPECT_EQ(world.store.last_result(), "pending");
}

TEST(PendingGeneration, IsLeftByAPreview) {
  World world;
  leave_half_done(world, std::nullopt);
  Ask ask;
  ask.options.change.dry_run = true;
  EXPECT_THAT(world.configure(ask), ExitsWith(0));
  EXPECT_EQ(world.store.last_result(), "pending");
  EXPECT_EQ(world.ours(), kHalf.bytes);
}

TEST(DamagedStore, NeverStopsAChange) {
  World world;
  world.store.list_fails = Error{Errc::failed, "not JSON"};
  EXPECT_THAT(world.configure(the_usual()), ExitsWith(0));
}

}  // namespace
}  // namespace ollama_gpu
