// SPDX-License-Identifier: MIT
// Previews, --restart, services that do not run, no systemd, --root, reset.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/world.hpp"

namespace ollama_gpu {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const auto kWrittenAndLoaded = ElementsAre("store pending", "write", "reload");

TEST(Preview, TouchesNothing) {
  for (const bool check : {false, true}) {
    World world;
    Ask ask = the_usual();
    (check ? ask.options.change.check : ask.options.change.dry_run) = true;
    const auto outcome = world.configure(ask);
    EXPECT_THAT(outcome, ExitsWith(check ? 10 : 0));
    EXPECT_TRUE(outcome.report.preview);
    EXPECT_TRUE(outcome.report.changed);
    EXPECT_FALSE(outcome.report.applied || outcome.report.restarted);
    EXPECT_THAT(outcome.report.diff, HasSubstr("OLLAMA_KEEP_ALIVE"));
    EXPECT_THAT(text_of(outcome.report.plan), HasSubstr("restart ollama.service"));
    EXPECT_THAT(world.calls.all(), IsEmpty());
    EXPECT_THAT(world.store.locks, IsEmpty());
    EXPECT_EQ(world.ours(), "(none)");
  }
}

TEST(Preview, OfNothingToDoIsNoChange) {
  World world;
  world.configured(the_usual());
  Ask ask = the_usual();
  ask.options.change.check = true;
  const auto outcome = world.configure(ask);
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_FALSE(outcome.report.changed);
  EXPECT_THAT(world.calls.all(), IsEmpty());
}

TEST(Preview, NeedsNoWriteAccess) {
  World world;
  world.files.not_writable = Error{Errc::permission, "not permitted"};
  Ask ask = the_usual();
  ask.options.change.dry_run = true;
  EXPECT_THAT(world.configure(ask), ExitsWith(0));
  EXPECT_THAT(world.configure(the_usual()), ExitsWith(4));
  EXPECT_THAT(world.calls.all(), IsEmpty());
}

TEST(Preview, KeepsTheRemedyOfADirectoryThatIsNotTrusted) {
  World world;
  world.files.not_writable =
      Error{Errc::conflict, "cannot use /etc/x: other users may write to it", "chmod go-w"};
  world.files.put("/etc/os-release", "ID=debian\nPRETTY_NAME=\"Debian 12\"\n");
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(6));
  EXPECT_THAT(outcome.error->message, testing::Not(HasSubstr("read-only")));
  EXPECT_EQ(outcome.error->hint, "chmod go-w");
}

TEST(Preview, SaysThatTheDirectoryIsReadOnly) {
  World world;
  world.files.not_writable = Error{Errc::read_only, "cannot write to /etc: Read-only file system"};
  world.files.put("/etc/os-release", "ID=nixos\nPRETTY_NAME=\"NixOS 26.05\"\n");
  Ask ask = the_usual();
  for (const bool preview : {true, false}) {
    ask.options.change.dry_run = preview;
    const auto outcome = world.configure(ask);
    EXPECT_THAT(outcome, ExitsWith(6));
    ASSERT_TRUE(outcome.error);
    EXPECT_THAT(outcome.error->message, HasSubstr("NixOS 26.05 generates"));
    EXPECT_THAT(outcome.error->hint, HasSubstr("OLLAMA_KEEP_ALIVE = \"-1\";"));
  }
  EXPECT_THAT(world.calls.all(), IsEmpty());
}

TEST(Restart, NeverLeavesTheProcessAsItIs) {
  World world;
  Ask ask = the_usual();
  ask.options.change.restart = app::RestartMode::never;
  const auto outcome = world.configure(ask);
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(world.calls.all(), kWrittenAndLoaded);
  EXPECT_FALSE(outcome.report.applied || outcome.report.restarted);
  EXPECT_THAT(
      marks(outcome.report.evidence),
      ElementsAre("file:ok", "manager:ok", "process:pending", "server:pending", "devices:pending"));
  const auto again = world.configure(ask);
  EXPECT_THAT(again, ExitsWith(0));
  EXPECT_FALSE(again.report.changed || again.report.applied);
  EXPECT_THAT(world.configure(the_usual()), ExitsWith(0));
  EXPECT_EQ(world.systemd.environment("OLLAMA_KEEP_ALIVE"), "-1");
}

TEST(Restart, AlwaysRestartsWhatHasEverything) {
  World world;
  world.configured(the_usual());
  Ask ask = the_usual();
  ask.options.change.restart = app::RestartMode::always;
  const auto outcome = world.configure(ask);
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(world.calls.all(), ElementsAre("reset-failed", "restart"));
  EXPECT_TRUE(outcome.report.restarted);
}

TEST(Restart, AlwaysStartsWhatIsStopped) {
  World world;
  world.systemd.halt();
  Ask ask = the_usual();
  ask.options.change.restart = app::RestartMode::always;
  const auto outcome = world.configure(ask);
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_EQ(world.calls.count("start"), 1);
  EXPECT_EQ(world.systemd.environment("OLLAMA_KEEP_ALIVE"), "-1");
}

TEST(Restart, AlwaysStopsAgainWhatWasStopped) {
  World world;
  world.systemd.halt();
  world.systemd.starts = {{Fate::hangs}};
  Ask ask = the_usual();
  ask.options.change.restart = app::RestartMode::always;
  EXPECT_THAT(world.configure(ask), ExitsWith(7));
  EXPECT_EQ(world.calls.count("stop"), 1);
  EXPECT_EQ(world.systemd.state().active_state, "inactive");
  EXPECT_EQ(world.ours(), "(none)");
}

TEST(Restart, IsRefusedWhereTheUnitRefusesIt) {
  for (const bool stop : {false, true}) {
    World world;
    (stop ? world.systemd.state().can_stop : world.systemd.state().can_start) = false;
    EXPECT_THAT(world.configure(the_usual()), ExitsWith(6));
    EXPECT_THAT(world.calls.all(), IsEmpty());
    Ask ask = the_usual();
    ask.options.change.restart = app::RestartMode::never;
    EXPECT_THAT(world.configure(ask), ExitsWith(0));
  }
}

TEST(StoppedService, IsLeftStopped) {
  World world;
  world.systemd.halt();
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(world.calls.all(), kWrittenAndLoaded);
  EXPECT_TRUE(outcome.report.applied);
  EXPECT_FALSE(outcome.report.restarted);
  EXPECT_THAT(text_of(outcome.report.plan), HasSubstr("from its next start"));
  EXPECT_EQ(world.systemd.state().active_state, "inactive");
  EXPECT_FALSE(world.configure(the_usual()).report.changed);
}

TEST(StoppedService, WithAStartJobQueuedIsNotRestarted) {
  World world;
  world.systemd.halt();
  world.systemd.queue_job("start");
  for (const auto mode : {app::RestartMode::automatic, app::RestartMode::always}) {
    Ask ask = the_usual();
    ask.options.change.restart = mode;
    const auto outcome = world.configure(ask);
    EXPECT_THAT(outcome, ExitsWith(0));
    EXPECT_EQ(world.calls.count("restart") + world.calls.count("start"), 0);
  }
  EXPECT_EQ(world.calls.count("reload"), 1);
}

TEST(CrashingService, IsTriedWithTheNewSettings) {
  World world;
  world.systemd.halt();
  world.systemd.state().active_state = "activating";
  world.systemd.state().sub_state = "auto-restart";
  EXPECT_THAT(world.configure(the_usual()), ExitsWith(0));
  EXPECT_EQ(world.calls.count("restart"), 1);
}

TEST(OtherJob, IsWaitedForAndThenBusy) {
  World world;
  world.systemd.queue_job("restart");
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(9));
  EXPECT_THAT(outcome.error->message, HasSubstr("restart"));
  EXPECT_THAT(world.calls.all(), IsEmpty());
}

TEST(OtherJob, ThatEndsInTimeIsNoTrouble) {
  World world;
  world.systemd.queue_job("restart");
  world.systemd.job_ends_after = 20;
  EXPECT_THAT(world.configure(the_usual()), ExitsWith(0));
}

TEST(OtherOllamaGpu, IsWaitedForAndThenBusy) {
  World world;
  world.store.locked = Error{Errc::busy, "another ollama-gpu is at work: process 4242"};
  EXPECT_THAT(world.configure(the_usual()), ExitsWith(9));
  EXPECT_THAT(world.messages.text(), HasSubstr("pid 4242"));
  EXPECT_THAT(world.calls.all(), IsEmpty());
}

TEST(NoSystemd, WritesAndSaysSo) {
  World world;
  world.no_systemd = true;
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(world.calls.all(), ElementsAre("store pending", "write"));
  EXPECT_TRUE(outcome.report.changed);
  EXPECT_FALSE(outcome.report.applied);
  EXPECT_THAT(outcome.report.summary, HasSubstr("next boot"));
  EXPECT_THAT(marks(outcome.report.evidence), ElementsAre("file:ok", "manager:skipped"));
  EXPECT_EQ(world.store.last_result(), "done");
  const auto again = world.configure(the_usual());
  EXPECT_THAT(again, ExitsWith(0));
  EXPECT_FALSE(again.report.changed || again.report.applied);
}

TEST(NoSystemd, ThatCanBeReachedIsAWarning) {
  World world;
  world.no_connection = Error{Errc::failed, "cannot connect"};
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.report.warnings, ElementsAre(HasSubstr("cannot connect")));
  EXPECT_FALSE(outcome.report.applied);
}

TEST(Root, TakesOnlySelectorsThatNeedNoHardware) {
  World world;
  world.no_systemd = true;
  world.options.root = "/mnt/image";
  EXPECT_THAT(world.configure(Ask().gpus("min-free=1GiB")), ExitsWith(2));
  EXPECT_THAT(world.calls.all(), IsEmpty());
  EXPECT_THAT(world.configure(Ask().gpus("0,1")), ExitsWith(0));
  EXPECT_THAT(world.ours(), HasSubstr("CUDA_VISIBLE_DEVICES=0,1"));
  EXPECT_THAT(world.configure(Ask().gpus("all").set("OLLAMA_SCHED_SPREAD", "1")), ExitsWith(0));
  EXPECT_THAT(world.ours(), Not(HasSubstr("CUDA_VISIBLE_DEVICES=")));
}

TEST(Reset, TakesEverythingAway) {
  World world;
  world.configured(the_usual());
  const auto outcome = world.reset();
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(world.calls.all(),
              ElementsAre("store pending", "remove", "rmdir", "reload", "reset-failed", "restart"));
  EXPECT_EQ(world.ours(), "(none)");
  EXPECT_EQ(world.systemd.environment("OLLAMA_KEEP_ALIVE"), "(none)");
  EXPECT_TRUE(outcome.report.changed && outcome.report.applied && outcome.report.restarted);
  world.calls.clear();
  const auto again = world.reset();
  EXPECT_THAT(again, ExitsWith(0));
  EXPECT_FALSE(again.report.changed);
  EXPECT_THAT(world.calls.all(), IsEmpty());
}

TEST(Reset, LeavesAnotherFilesDirectory) {
  World world;
  world.files.put(kOverride, "[Service]\nEnvironment=OLLAMA_KEEP_ALIVE=24h\n");
  world.systemd.boot();
  world.configured(the_usual());
  EXPECT_THAT(world.reset(), ExitsWith(0));
  EXPECT_EQ(world.calls.count("rmdir"), 0);
  EXPECT_EQ(world.systemd.environment("OLLAMA_KEEP_ALIVE"), "24h");
}

TEST(Reset, GivesBackWhatWasUnset) {
  World world;
  world.files.put(kOverride, "[Service]\nEnvironment=OLLAMA_DEBUG=1\n");
  world.systemd.boot();
  world.configured(Ask().unset("OLLAMA_DEBUG"));
  EXPECT_EQ(world.systemd.environment("OLLAMA_DEBUG"), "(none)");
  EXPECT_THAT(world.reset(), ExitsWith(0));
  EXPECT_EQ(world.systemd.environment("OLLAMA_DEBUG"), "1");
}

TEST(Reset, DoesTheMissingHalfOfAnother) {
  World world;
  world.configured(the_usual());
  app::ChangeOptions later;
  later.restart = app::RestartMode::never;
  EXPECT_THAT(world.reset(later), ExitsWith(0));
  world.calls.clear();
  EXPECT_THAT(world.reset(), ExitsWith(0));
  EXPECT_THAT(world.calls.all(), ElementsAre("reset-failed", "restart"));
}

TEST(Reset, OfAFailingStartPutsTheFileBack) {
  World world;
  world.configured(the_usual());
  const std::string before = world.ours();
  world.systemd.starts = {{Fate::crash_loops}};
  EXPECT_THAT(world.reset(), ExitsWith(7));
  EXPECT_EQ(world.ours(), before);
  EXPECT_EQ(world.systemd.environment("OLLAMA_KEEP_ALIVE"), "-1");
}

TEST(Reset, IsPossibleWhereTheUnitIsBroken) {
  World world;
  world.configured(the_usual());
  world.files.put(kFragment, "[Service\nExecStart=/x\n");
  world.no_systemd = true;
  EXPECT_THAT(world.reset(), ExitsWith(0));
  EXPECT_EQ(world.ours(), "(none)");
}

}  // namespace
}  // namespace ollama_gpu
