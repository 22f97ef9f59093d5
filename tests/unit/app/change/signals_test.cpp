// SPDX-License-Identifier: MIT
// Signals at every step of a change.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "app/world.hpp"

namespace ollama_gpu {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::Not;

struct Step {
  const char* name;
  const char* call;    // hooked
  double later;        // seconds after it
  bool reloads_twice;  // the reload must be undone
  bool restarts_twice;
};

void PrintTo(const Step& step, std::ostream* out) { *out << step.name; }

class SignalAt : public testing::TestWithParam<std::tuple<Step, int>> {};

TEST_P(SignalAt, PutsEverythingBack) {
  const auto& [step, signal] = GetParam();
  World world;
  world.configured(Ask().set("OLLAMA_KEEP_ALIVE", "24h"));
  const std::string before = world.ours();
  world.calls.on(step.call, [&, later = step.later, number = signal] {
    world.clock.in(later, [&world, number] { world.clock.raise(number); });
  });
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(128 + signal));
  EXPECT_EQ(error_name(outcome.error->code), "interrupted");
  EXPECT_TRUE(outcome.report.rolled_back);
  EXPECT_EQ(world.ours(), before);
  EXPECT_EQ(world.calls.count("reload"), step.reloads_twice ? 2 : 0);
  EXPECT_EQ(world.calls.count("restart"), step.restarts_twice ? 2 : 0);
  EXPECT_EQ(world.systemd.environment("OLLAMA_KEEP_ALIVE"), "24h");
  EXPECT_FALSE(world.systemd.unit("ollama.service")->need_daemon_reload);
  EXPECT_EQ(world.store.last_result(), "rolled back");
  EXPECT_FALSE(world.store.held);
}

INSTANTIATE_TEST_SUITE_P(
    Steps, SignalAt,
    testing::Combine(testing::Values(Step{"InReload", "reload", 0.15, true, false},
                                     Step{"AtReload", "reload", 0, true, false},
                                     Step{"AtRestart", "restart", 0, true, true},
                                     Step{"InRestartJob", "restart", 0.15, true, true},
                                     Step{"WhileWaitingForAnAnswer", "restart", 0.45, true, true},
                                     Step{"InSettleTime", "answer", 2, true, true}),
                     testing::Values(SIGINT, SIGTERM, SIGHUP, SIGQUIT)),
    [](const auto& test) {
      return std::get<0>(test.param).name + std::to_string(std::get<1>(test.param));
    });

TEST(Signal, RightAfterTheWriteNeedsNoReload) {
  World world;
  world.calls.on("write", [&] { world.clock.raise(SIGTERM); });
  EXPECT_THAT(world.configure(the_usual()), ExitsWith(128 + SIGTERM));
  EXPECT_THAT(world.calls.all(), testing::ElementsAre("store pending", "write", "remove", "rmdir"));
}

TEST(Signal, BeforeTheWriteChangesNothing) {
  World world;
  world.clock.raise(SIGINT);
  EXPECT_THAT(world.configure(the_usual()), ExitsWith(128 + SIGINT));
  EXPECT_THAT(world.calls.all(), IsEmpty());
}

TEST(Signal, DuringTheWaitForTheLockIsTold) {
  World world;
  world.store.locked = Error{Errc::interrupted, "cannot lock ollama.service"};
  world.clock.raise(SIGTERM);
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(128 + SIGTERM));
  EXPECT_EQ(outcome.error->message, "interrupted by SIGTERM");
  EXPECT_THAT(world.calls.all(), IsEmpty());
}

TEST(Signal, WithoutSystemdPutsTheFileBackToo) {
  World world;
  world.no_systemd = true;
  world.calls.on("write", [&] { world.clock.raise(SIGHUP); });
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(128 + SIGHUP));
  EXPECT_TRUE(outcome.report.rolled_back);
  EXPECT_EQ(world.ours(), "(none)");
  EXPECT_EQ(world.store.last_result(), "rolled back");
}

TEST(Signal, DuringTheWaitForAnotherJobChangesNothing) {
  World world;
  world.systemd.queue_job("restart");
  world.clock.in(1, [&] { world.clock.raise(SIGTERM); });
  EXPECT_THAT(world.configure(the_usual()), ExitsWith(128 + SIGTERM));
  EXPECT_THAT(world.calls.all(), IsEmpty());
}

TEST(Signal, DuringPutBackDoesNotInterruptIt) {
  World world;
  world.systemd.starts = {{Fate::crashes}};
  world.calls.on("remove", [&] {
    for (int i = 1; i < 40; ++i) {
      world.clock.in(0.1 * i, [&] { world.clock.raise(SIGINT); });
    }
  });
  const auto outcome = world.configure(the_usual());
  EXPECT_TRUE(outcome.report.rolled_back);
  EXPECT_EQ(world.ours(), "(none)");
  EXPECT_EQ(world.systemd.environment("OLLAMA_KEEP_ALIVE"), "(none)");
  EXPECT_THAT(outcome, ExitsWith(7));
}

TEST(Signal, TwiceIsTheFirstOne) {
  World world;
  world.calls.on("restart", [&] { world.clock.raise(SIGTERM); });
  world.calls.on("remove", [&] { world.clock.in(0.2, [&] { world.clock.raise(SIGINT); }); });
  EXPECT_THAT(world.configure(the_usual()), ExitsWith(128 + SIGTERM));
  EXPECT_EQ(world.ours(), "(none)");
}

TEST(Signal, WhilePuttingBackFailsIsUnhealthy) {
  World world;
  world.systemd.starts = {{}, {Fate::crashes}};
  world.calls.on("answer", [&] { world.clock.raise(SIGTERM); });
  EXPECT_THAT(world.configure(the_usual()), ExitsWith(8));
}

TEST(Signal, WithNoRollbackStillPutsBack) {
  World world;
  world.calls.on("answer", [&] { world.clock.raise(SIGTERM); });
  Ask ask = the_usual();
  ask.options.change.no_rollback = true;
  EXPECT_THAT(world.configure(ask), ExitsWith(128 + SIGTERM));
  EXPECT_EQ(world.ours(), "(none)");
}

TEST(Signal, WhileARestartIsMissingRestartsIntoTheSameFile) {
  World world;
  world.configured(the_usual());
  world.systemd.process()->environment.erase("OLLAMA_KEEP_ALIVE");
  world.systemd.state().active_enter_usec = 1;  // long before
  world.calls.on("restart", [&] { world.clock.raise(SIGTERM); });
  EXPECT_THAT(world.configure(the_usual()), ExitsWith(128 + SIGTERM));
  EXPECT_THAT(world.calls.all(), Not(Contains("write")));
  EXPECT_EQ(world.systemd.environment("OLLAMA_KEEP_ALIVE"), "-1");
}

}  // namespace
}  // namespace ollama_gpu
