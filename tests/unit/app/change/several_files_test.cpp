// SPDX-License-Identifier: MIT
// A change of several files at once: ours, and one of somebody else's that was to be repaired.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/change/change.hpp"
#include "app/world.hpp"

namespace ollama_gpu {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr const char* kTwice =
    "[Service]\nEnvironment=OLLAMA_DEBUG=1\nEnvironment=OLLAMA_NUM_PARALLEL=2\n";
constexpr const char* kRepaired = "[Service]\nEnvironment=OLLAMA_NUM_PARALLEL=2\n";

// A World with an override.conf of the administrator's, mode 0640.
struct TwoFiles : World {
  TwoFiles() {
    files.put(kOverride, kTwice, 0640);
    systemd.boot();
    calls.clear();
  }

  app::Target target = {DropIn{"", {{"OLLAMA_KEEP_ALIVE", "-1"}}},
                        {{kOverride, kTwice, kRepaired}}};
  app::ChangeOptions change = {};

  app::Outcome<app::ChangeReport> carry_out() {
    auto now = context();
    return app::carry_out(now, change, [&](app::Context&, const app::Observation&) {
      return Result<app::Target>(target);
    });
  }
};

TEST(SeveralFiles, AreShownAndTouchedByNoPreview) {
  TwoFiles world;
  world.change.dry_run = true;
  const auto outcome = world.carry_out();
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.report.diff, AllOf(HasSubstr(std::string("+++ ") + kOurs),
                                         HasSubstr(std::string("+++ ") + kOverride),
                                         HasSubstr("-Environment=OLLAMA_DEBUG=1")));
  EXPECT_THAT(text_of(outcome.report.plan), HasSubstr(std::string("write ") + kOverride));
  EXPECT_THAT(world.calls.all(), IsEmpty());
}

TEST(SeveralFiles, AreOneGenerationAndReachTheProcess) {
  TwoFiles world;
  const auto outcome = world.carry_out();
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(world.calls.all(),
              ElementsAre("store pending", "write", "write", "reload", "reset-failed", "restart"));
  EXPECT_THAT(world.store.generations, SizeIs(1));
  EXPECT_THAT(world.store.generations[0].files, SizeIs(2));
  EXPECT_EQ(world.files.bytes(kOverride), kRepaired);
  EXPECT_EQ(world.files.status(kOverride)->mode, 0640U);
  EXPECT_EQ(world.systemd.environment("OLLAMA_DEBUG"), "(none)");
  EXPECT_EQ(world.systemd.environment("OLLAMA_KEEP_ALIVE"), "-1");
}

TEST(SeveralFiles, RestartForWhatOnlyTheOtherFileChanges) {
  TwoFiles world;
  world.target.ours = app::Keep{};
  const auto outcome = world.carry_out();
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_EQ(world.ours(), "(none)");
  EXPECT_TRUE(outcome.report.restarted);
  EXPECT_EQ(world.systemd.environment("OLLAMA_DEBUG"), "(none)");
  EXPECT_THAT(text_of(outcome.report.plan), HasSubstr("OLLAMA_DEBUG"));
}

TEST(SeveralFiles, ConvergeOnAnAddedVariableToo) {
  TwoFiles world;
  world.target.ours = app::Keep{};
  world.target.foreign = {
      {kOverride, kTwice, std::string(kTwice) + "Environment=OLLAMA_MAX_QUEUE=9\n"}};
  EXPECT_THAT(world.carry_out(), ExitsWith(0));
  EXPECT_EQ(world.systemd.environment("OLLAMA_MAX_QUEUE"), "9");
}

TEST(SeveralFiles, AreRefusedWhereTheUnitWouldNotLoad) {
  TwoFiles world;
  world.target.foreign = {{kFragment, installed_unit(), "[Unit]\nDescription=nothing left\n"}};
  EXPECT_THAT(world.carry_out(), ExitsWith(6));
  EXPECT_THAT(world.calls.all(), IsEmpty());
}

TEST(SeveralFiles, MustBeWhatWasRead) {
  TwoFiles world;
  world.files.put(kOverride, "[Service]\nEnvironment=OLLAMA_DEBUG=2\n");
  EXPECT_THAT(world.carry_out(), ExitsWith(9));
  EXPECT_THAT(world.calls.all(), IsEmpty());
}

TEST(SeveralFiles, AllStayWhenOneIsEditedMeanwhile) {
  TwoFiles world;
  const std::string theirs = "[Service]\nEnvironment=OLLAMA_DEBUG=3\n";
  world.calls.on("write", [&] { world.files.put(kOverride, theirs); });
  const auto outcome = world.carry_out();
  EXPECT_THAT(outcome, ExitsWith(9));
  EXPECT_EQ(world.ours(), "(none)");
  EXPECT_EQ(world.files.bytes(kOverride), theirs);
  EXPECT_EQ(world.store.last_result(), "rolled back");
  EXPECT_EQ(world.calls.count("reload"), 0);
}

TEST(SeveralFiles, StayPendingWhereOneCannotGoBack) {
  TwoFiles world;
  world.calls.on("write", [&] {
    world.files.exchange_fails = Error{Errc::failed, "no space left on device"};
  });
  const auto outcome = world.carry_out();
  EXPECT_THAT(outcome, ExitsWith(8));
  EXPECT_THAT(outcome.error->message, HasSubstr(std::string(kOurs) + " could not be put back"));
  EXPECT_EQ(world.store.last_result(), "pending");
  world.files.exchange_fails.reset();
  EXPECT_THAT(world.configure(Ask()), ExitsWith(0));
  EXPECT_EQ(world.ours(), "(none)");
}

TEST(SeveralFiles, AreNotWrittenWithoutAWayBack) {
  TwoFiles world;
  world.store.store_fails = Error{Errc::conflict, "it belongs to another user"};
  EXPECT_THAT(world.carry_out(), ExitsWith(6));
  EXPECT_THAT(world.calls.all(), IsEmpty());
  EXPECT_EQ(world.files.bytes(kOverride), kTwice);
}

TEST(SeveralFiles, AreAllPutBackWhenTheServiceFails) {
  TwoFiles world;
  world.systemd.starts = {{Fate::crash_loops}};
  EXPECT_THAT(world.carry_out(), ExitsWith(7));
  EXPECT_EQ(world.ours(), "(none)");
  EXPECT_EQ(world.files.bytes(kOverride), kTwice);
  EXPECT_EQ(world.files.status(kOverride)->mode, 0640U);
  EXPECT_EQ(world.systemd.environment("OLLAMA_DEBUG"), "1");
  EXPECT_EQ(world.store.last_result(), "rolled back");
}

TEST(SeveralFiles, ThatWereEditedDuringTheRestartAreLeftAndNamed) {
  TwoFiles world;
  const std::string theirs = "[Service]\nEnvironment=OLLAMA_DEBUG=3\n";
  world.systemd.starts = {{Fate::crash_loops}};
  world.calls.on("restart", [&] { world.files.put(kOverride, theirs); });
  const auto outcome = world.carry_out();
  EXPECT_THAT(outcome, ExitsWith(8));
  EXPECT_THAT(outcome.error->message, HasSubstr(kOverride));
  EXPECT_EQ(world.files.bytes(kOverride), theirs);
  EXPECT_EQ(world.ours(), "(none)");
}

// What a run that was killed left: a pending generation of both files, `written` of them written.
void kill_after(TwoFiles& world, int written) {
  ports::Generation generation;
  generation.result = ports::GenerationResult::pending;
  generation.unit = "ollama.service";
  const ports::FileContent ours{"[Service]\nEnvironment=\"OLLAMA_KEEP_ALIVE=-1\"\n", 0644, 0, 0};
  generation.files = {{kOurs, std::nullopt, ours},
                      {kOverride, ports::FileContent{kTwice, 0640, 0, 0},
                       ports::FileContent{kRepaired, 0640, 0, 0}}};
  world.store.store(generation).value();
  if (written > 0) world.files.put(kOurs, ours.bytes);
  if (written > 1) world.files.put(kOverride, kRepaired, 0640);
  world.calls.clear();
}

TEST(SeveralFiles, ThatAKilledRunLeftArePutBack) {
  for (const int written : {0, 1, 2}) {
    TwoFiles world;
    kill_after(world, written);
    EXPECT_THAT(world.configure(Ask()), ExitsWith(0));
    EXPECT_EQ(world.ours(), "(none)");
    EXPECT_EQ(world.files.bytes(kOverride), kTwice);
    EXPECT_EQ(world.store.generations[0].result, ports::GenerationResult::rolled_back);
    EXPECT_EQ(world.calls.count("write") + world.calls.count("remove"), written);
  }
}

TEST(SeveralFiles, OfAKilledRunAreLeftWhereOneWasEditedSince) {
  TwoFiles world;
  kill_after(world, 2);
  world.files.put(kOverride, "[Service]\nEnvironment=OLLAMA_DEBUG=4\n");
  EXPECT_THAT(world.configure(Ask()), ExitsWith(0));
  EXPECT_THAT(world.ours(), HasSubstr("OLLAMA_KEEP_ALIVE"));
  EXPECT_THAT(world.messages.text(), HasSubstr("edited since"));
  EXPECT_EQ(world.store.generations[0].result, ports::GenerationResult::failed);
  EXPECT_THAT(world.calls.all(), Not(testing::Contains("write")));
}

}  // namespace
}  // namespace ollama_gpu
