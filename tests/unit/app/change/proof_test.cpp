// SPDX-License-Identifier: MIT
// Others at work on the service, proof of the GPUs, and what --no-verify leaves out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/world.hpp"

namespace ollama_gpu {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(SomeoneElse, WhoStopsItKeepsItStopped) {
  for (const int looks : {0, 12}) {
    World world;
    world.systemd.starts = {{Fate::stopped, looks}};
    const auto outcome = world.configure(the_usual());
    EXPECT_THAT(outcome, ExitsWith(9));
    EXPECT_EQ(world.calls.count("restart"), 1);
    EXPECT_THAT(world.ours(), HasSubstr("OLLAMA_SCHED_SPREAD=1"));
    EXPECT_EQ(world.systemd.state().active_state, "inactive");
    EXPECT_FALSE(outcome.report.rolled_back);
  }
}

TEST(SomeoneElse, WhoCancelsTheJobKeepsItStopped) {
  World world;
  world.systemd.starts = {{Fate::healthy, 0, "canceled"}};
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(9));
  EXPECT_THAT(world.ours(), HasSubstr("OLLAMA_SCHED_SPREAD=1"));
  EXPECT_EQ(world.calls.count("restart"), 1);
}

TEST(SomeoneElse, WhoRestartsItIsWatchedInTurn) {
  for (const int looks : {1, 12}) {
    World world;
    world.systemd.starts = {{Fate::restarted, looks}};
    const auto outcome = world.configure(the_usual());
    EXPECT_THAT(outcome, ExitsWith(0));
    EXPECT_EQ(world.systemd.process()->pid, 1003U);
    EXPECT_EQ(world.calls.count("restart"), 1);
  }
}

TEST(SomeoneElse, WhoListensThereProvesNothing) {
  World world;
  world.systemd.starts = {{Fate::silent}};
  world.calls.on("restart", [&] {
    world.processes.others = {{Endpoint{"127.0.0.1", 11434}, {99, "docker-proxy", "/docker", 0}}};
  });
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome.error->message,
              HasSubstr("docker-proxy (pid 99) listens at 127.0.0.1:11434, not this service"));
}

TEST(RequireGpu, PutsBackWhatCameUpOnTheCpu) {
  World world;
  Start on_cpu;
  on_cpu.on_cpu = true;
  world.systemd.starts = {on_cpu};
  Ask ask = the_usual();
  ask.options.change.require_gpu = true;
  const auto outcome = world.configure(ask);
  EXPECT_THAT(outcome, ExitsWith(7));
  EXPECT_EQ(world.ours(), "(none)");
  ASSERT_EQ(outcome.report.evidence.size(), 1U);
  EXPECT_EQ(outcome.report.evidence[0].level, EvidenceLevel::devices);
  EXPECT_EQ(outcome.report.evidence[0].status, EvidenceStatus::failed);
}

TEST(RequireGpu, WaitsForAJournalThatLagsBehind) {
  for (const bool can_catch_up : {true, false}) {
    World world;
    world.journal.can_catch_up = can_catch_up;
    world.calls.on("restart", [&] {
      world.journal.behind = true;
      if (!can_catch_up) world.clock.in(7, [&] { world.journal.behind = false; });
    });
    Ask ask = the_usual();
    ask.options.change.require_gpu = true;
    EXPECT_THAT(world.configure(ask), ExitsWith(0)) << can_catch_up;
  }
}

TEST(RequireGpu, PutsBackWhatCannotBeSeen) {
  World world;
  world.journal.reason = "no access to the journal";
  Ask ask = the_usual();
  ask.options.change.require_gpu = true;
  EXPECT_THAT(world.configure(ask), ExitsWith(7));
  EXPECT_EQ(world.ours(), "(none)");
}

TEST(RequireGpu, IsNotNeededToSayThatItRunsOnTheCpu) {
  World world;
  Start on_cpu;
  on_cpu.on_cpu = true;
  world.systemd.starts = {on_cpu};
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(11));
  EXPECT_THAT(outcome.error->message, HasSubstr("on the CPU"));
  EXPECT_TRUE(outcome.report.applied);
  EXPECT_NE(world.ours(), "(none)");
}

TEST(NoVerify, NeitherWatchesNorPutsBack) {
  World world;
  world.systemd.starts = {{Fate::crashes}};
  Ask ask = the_usual();
  ask.options.change.no_verify = true;
  const auto outcome = world.configure(ask);
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(marks(outcome.report.evidence), ElementsAre("file:ok", "manager:ok"));
  EXPECT_EQ(world.ollama.asked, 0);
  EXPECT_NE(world.ours(), "(none)");
}

TEST(NoVerify, LeavesAFailedJobAsItIs) {
  World world;
  world.systemd.starts = {{Fate::healthy, 0, "failed"}};
  Ask ask = the_usual();
  ask.options.change.no_verify = true;
  const auto outcome = world.configure(ask);
  EXPECT_THAT(outcome, ExitsWith(8));
  EXPECT_NE(world.ours(), "(none)");
  EXPECT_THAT(outcome.error->message, Not(HasSubstr("--no-rollback")));
}

}  // namespace
}  // namespace ollama_gpu
