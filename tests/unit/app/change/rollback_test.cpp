// SPDX-License-Identifier: MIT
// `rollback`: the state before the last change, or the one right after a generation.
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

Ask keep_alive(const std::string& value) { return Ask().set("OLLAMA_KEEP_ALIVE", value); }

std::vector<std::string> results(const World& world) {
  std::vector<std::string> found;
  for (const auto& generation : world.store.generations)
    found.emplace_back(name_of(generation.result));
  return found;
}

TEST(Rollback, UndoesTheOnlyChange) {
  World world;
  world.configured(the_usual());
  const auto outcome = world.rollback();
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(world.calls.all(),
              ElementsAre("store pending", "remove", "rmdir", "reload", "reset-failed", "restart"));
  EXPECT_EQ(world.ours(), "(none)");
  EXPECT_EQ(world.systemd.environment("OLLAMA_KEEP_ALIVE"), "(none)");
  EXPECT_TRUE(outcome.report.changed && outcome.report.applied && outcome.report.restarted);
  EXPECT_EQ(outcome.report.generation, 2U);
  EXPECT_THAT(text_of(outcome.report.plan),
              HasSubstr("before generation 1 (ollama-gpu configure)"));
}

TEST(Rollback, BringsBackTheVeryBytesModeAndOwner) {
  World world;
  world.configured(keep_alive("24h"));
  world.files.put(kOurs, world.ours() + "# by hand\n", 0640);
  const std::string edited = world.ours();
  world.systemd.boot();
  world.configured(keep_alive("5m"));
  ASSERT_NE(world.ours(), edited);
  EXPECT_THAT(world.rollback(), ExitsWith(0));
  EXPECT_EQ(world.ours(), edited);
  EXPECT_EQ(world.files.status(kOurs)->mode, 0640U);
  EXPECT_EQ(world.systemd.environment("OLLAMA_KEEP_ALIVE"), "24h");
}

TEST(Rollback, TwiceRedoesIt) {
  World world;
  world.configured(keep_alive("24h"));
  world.configured(keep_alive("5m"));
  EXPECT_THAT(world.rollback(), ExitsWith(0));
  EXPECT_EQ(world.systemd.environment("OLLAMA_KEEP_ALIVE"), "24h");
  EXPECT_THAT(world.rollback(), ExitsWith(0));
  EXPECT_EQ(world.systemd.environment("OLLAMA_KEEP_ALIVE"), "5m");
  EXPECT_THAT(results(world), ElementsAre("done", "done", "done", "done"));
}

TEST(Rollback, ToAGeneration) {
  World world;
  world.configured(keep_alive("1h"));
  world.configured(keep_alive("2h"));
  world.configured(keep_alive("3h"));
  world.reset();
  EXPECT_THAT(world.rollback(2), ExitsWith(0));
  EXPECT_EQ(world.systemd.environment("OLLAMA_KEEP_ALIVE"), "2h");
  EXPECT_THAT(world.rollback(4), ExitsWith(0));
  EXPECT_EQ(world.ours(), "(none)");
  world.calls.clear();
  const auto again = world.rollback(4);
  EXPECT_THAT(again, ExitsWith(0));
  EXPECT_FALSE(again.report.changed);
  EXPECT_THAT(world.calls.all(), IsEmpty());
}

TEST(Rollback, ToAnUnknownGenerationIsRefused) {
  World world;
  EXPECT_THAT(world.rollback(), ExitsWith(5));
  world.configured(the_usual());
  const auto outcome = world.rollback(7);
  EXPECT_THAT(outcome, ExitsWith(5));
  EXPECT_THAT(outcome.error->hint, HasSubstr("rollback --list"));
  EXPECT_THAT(world.calls.all(), IsEmpty());
}

TEST(Rollback, PassesOverWhatWasPutBack) {
  World world;
  world.configured(keep_alive("24h"));
  world.systemd.starts = {{Fate::crash_loops}};
  EXPECT_THAT(world.configure(keep_alive("5m")), ExitsWith(7));
  EXPECT_THAT(world.rollback(), ExitsWith(0));
  EXPECT_EQ(world.ours(), "(none)");
}

TEST(Rollback, RightAfterWhatWasPutBackIsTheStateBeforeIt) {
  World world;
  world.configured(keep_alive("24h"));
  world.systemd.starts = {{Fate::crash_loops}};
  EXPECT_THAT(world.configure(keep_alive("5m")), ExitsWith(7));
  world.reset();
  EXPECT_THAT(world.rollback(2), ExitsWith(0));
  EXPECT_EQ(world.systemd.environment("OLLAMA_KEEP_ALIVE"), "24h");
}

TEST(Rollback, UndoesWhatWasLeftInPlace) {
  World world;
  world.configured(keep_alive("24h"));
  Ask ask = keep_alive("5m");
  ask.options.change.no_rollback = true;
  world.systemd.starts = {{Fate::crash_loops}};
  EXPECT_THAT(world.configure(ask), ExitsWith(8));
  world.clock.advance(60);
  EXPECT_THAT(world.rollback(), ExitsWith(0));
  EXPECT_EQ(world.systemd.environment("OLLAMA_KEEP_ALIVE"), "24h");
}

TEST(Rollback, KeepsAHandEditAsAGenerationOfItsOwn) {
  World world;
  world.configured(keep_alive("24h"));
  world.configured(keep_alive("5m"));
  const std::string edited = "[Service]\nEnvironment=OLLAMA_KEEP_ALIVE=9h\n";
  world.files.put(kOurs, edited);
  world.systemd.boot();
  const auto outcome = world.rollback();
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.report.diff, HasSubstr("-Environment=OLLAMA_KEEP_ALIVE=9h"));
  EXPECT_THAT(text_of(outcome.report.plan), HasSubstr("edited by hand"));
  EXPECT_EQ(world.systemd.environment("OLLAMA_KEEP_ALIVE"), "24h");
  EXPECT_THAT(results(world), ElementsAre("done", "done", "adopted", "done"));
  EXPECT_THAT(world.rollback(3), ExitsWith(0));
  EXPECT_EQ(world.ours(), edited);
  EXPECT_EQ(world.systemd.environment("OLLAMA_KEEP_ALIVE"), "9h");
}

TEST(Rollback, IsPutBackWhenTheServiceFailsWithIt) {
  World world;
  world.configured(keep_alive("24h"));
  const std::string before = world.ours();
  world.systemd.starts = {{Fate::crash_loops}};
  EXPECT_THAT(world.rollback(), ExitsWith(7));
  EXPECT_EQ(world.ours(), before);
  EXPECT_EQ(world.systemd.environment("OLLAMA_KEEP_ALIVE"), "24h");
}

TEST(Rollback, ThatCouldNotWinIsRefused) {
  World world;
  world.configured(keep_alive("24h"));
  world.configured(Ask().exact().set("OLLAMA_NUM_PARALLEL", "2"));
  world.files.put("/etc/systemd/system/ollama.service.d/zzz.conf",
                  "[Service]\nEnvironment=OLLAMA_KEEP_ALIVE=1m\n");
  world.systemd.boot();
  world.calls.clear();
  EXPECT_THAT(world.rollback(), ExitsWith(6));
  EXPECT_THAT(world.calls.all(), IsEmpty());
}

TEST(Rollback, PreviewTouchesNothing) {
  World world;
  world.configured(keep_alive("24h"));
  app::ChangeOptions change;
  change.check = true;
  const auto outcome = world.rollback({}, change);
  EXPECT_THAT(outcome, ExitsWith(10));
  EXPECT_THAT(outcome.report.diff, HasSubstr("-Environment=\"OLLAMA_KEEP_ALIVE=24h\""));
  EXPECT_THAT(world.calls.all(), IsEmpty());
}

TEST(Rollback, NeedsAListThatCanBeRead) {
  World world;
  world.configured(the_usual());
  world.store.list_fails = Error{Errc::conflict, "it belongs to another user"};
  EXPECT_THAT(world.rollback(), ExitsWith(6));
  EXPECT_THAT(world.calls.all(), IsEmpty());
}

TEST(Rollback, DoesNotPassOverAChangeThatCannotBeRead) {
  World world;
  world.configured(keep_alive("24h"));
  world.configured(keep_alive("5m"));
  world.store.generations[1].result = ports::GenerationResult::damaged;
  world.store.generations[1].files.clear();
  const auto outcome = world.rollback();
  EXPECT_THAT(outcome, ExitsWith(5));
  EXPECT_THAT(outcome.error->message, HasSubstr("generation 2"));
  EXPECT_THAT(world.rollback(2), ExitsWith(5));
  EXPECT_THAT(world.calls.all(), IsEmpty());
  auto context = world.context();
  EXPECT_EQ(app::generations(context).report.generations.size(), 1U);
  EXPECT_THAT(world.rollback(1), ExitsWith(0));
  EXPECT_EQ(world.systemd.environment("OLLAMA_KEEP_ALIVE"), "24h");
}

// A change of ours and of the administrator's own file, as `doctor --fix` makes it.
constexpr const char* kBroken = "[Service]\nEnvironment=OLLAMA_DEBUG=1\n";
constexpr const char* kMended = "[Service]\nEnvironment=OLLAMA_DEBUG=0\n";

void mend(World& world) {
  world.files.put(kOverride, kBroken, 0640);
  world.systemd.boot();
  auto context = world.context();
  const auto outcome = app::carry_out(context, {}, [](app::Context&, const app::Observation& seen) {
    app::Target target;
    DropIn drop_in = seen.current.drop_in;
    drop_in.put({"OLLAMA_MAX_QUEUE", "9"});
    target.ours = drop_in;
    target.foreign = {{kOverride, kBroken, kMended}};
    return Result<app::Target>(target);
  });
  ASSERT_THAT(outcome, ExitsWith(0));
  world.calls.clear();
  world.clock.advance(60);
}

TEST(Rollback, BringsBackAFileThatIsNotOurs) {
  World world;
  world.configured(keep_alive("24h"));
  mend(world);
  EXPECT_THAT(world.rollback(), ExitsWith(0));
  EXPECT_EQ(world.files.bytes(kOverride), kBroken);
  EXPECT_EQ(world.files.status(kOverride)->mode, 0640U);
  EXPECT_EQ(world.systemd.environment("OLLAMA_DEBUG"), "1");
  EXPECT_EQ(world.systemd.environment("OLLAMA_MAX_QUEUE"), "(none)");
  EXPECT_EQ(world.systemd.environment("OLLAMA_KEEP_ALIVE"), "24h");
}

TEST(Rollback, NeverOverwritesAFileThatWasChangedSince) {
  for (const bool to_a_generation : {false, true}) {
    World world;
    world.configured(keep_alive("24h"));
    mend(world);
    const std::string theirs = std::string(kMended) + "Environment=OLLAMA_NUM_PARALLEL=3\n";
    world.files.put(kOverride, theirs);
    world.systemd.boot();
    const std::string ours = world.ours();
    const auto outcome =
        world.rollback(to_a_generation ? std::optional<std::uint64_t>(1) : std::nullopt);
    EXPECT_THAT(outcome, ExitsWith(6));
    EXPECT_THAT(outcome.report.diff,
                AllOf(HasSubstr("+Environment=OLLAMA_NUM_PARALLEL=3"), Not(HasSubstr("DEBUG=1"))));
    EXPECT_THAT(outcome.error->message, HasSubstr(kOverride));
    EXPECT_THAT(world.calls.all(), IsEmpty());
    EXPECT_EQ(world.files.bytes(kOverride), theirs);
    EXPECT_EQ(world.ours(), ours);
  }
}

TEST(Rollback, LeavesAFileOfOthersThatALaterChangeDidNotTouch) {
  World world;
  mend(world);                          // 1
  world.configured(keep_alive("24h"));  // 2
  const std::string theirs = "[Service]\n";
  world.files.put(kOverride, theirs);
  world.systemd.boot();
  EXPECT_THAT(world.rollback(), ExitsWith(0));
  EXPECT_EQ(world.files.bytes(kOverride), theirs);
  EXPECT_EQ(world.systemd.environment("OLLAMA_KEEP_ALIVE"), "(none)");
}

TEST(Rollback, OfAFileThatIsGoneIsRefused) {
  World world;
  mend(world);
  world.files.remove(kOverride);
  world.systemd.boot();
  EXPECT_THAT(world.rollback(), ExitsWith(6));
  EXPECT_THAT(world.calls.all(), IsEmpty());
}

TEST(Generations, AreListedOldestFirst) {
  World world;
  auto context = world.context();
  EXPECT_THAT(app::generations(context).report.generations, IsEmpty());
  world.configured(keep_alive("24h"));
  world.reset();
  const auto outcome = app::generations(context);
  EXPECT_THAT(outcome, ExitsWith(0));
  ASSERT_EQ(outcome.report.generations.size(), 2U);
  EXPECT_EQ(outcome.report.generations[0].id, 1U);
  EXPECT_EQ(outcome.report.generations[0].result, ports::GenerationResult::done);
  EXPECT_EQ(outcome.report.generations[0].command, "ollama-gpu configure");
  EXPECT_GT(outcome.report.generations[1].time, outcome.report.generations[0].time);
  world.store.list_fails = Error{Errc::permission, "not permitted"};
  EXPECT_THAT(app::generations(context), ExitsWith(4));
}

TEST(Secrets, AreWarnedOfOnceAndMasked) {
  World world;
  const Ask ask =
      Ask().set("HF_TOKEN", "very secret").set("HTTPS_PROXY", "http://me:mine@proxy:3128");
  const auto outcome = world.configure(ask);
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.report.warnings,
              ElementsAre(HasSubstr("HF_TOKEN"), HasSubstr("HTTPS_PROXY")));
  for (const std::string& text : {outcome.report.diff, text_of(outcome.report.plan)}) {
    EXPECT_THAT(text, AllOf(HasSubstr("HF_TOKEN=***"), HasSubstr("http://***@proxy:3128")));
    EXPECT_THAT(text, Not(testing::AnyOf(HasSubstr("very"), HasSubstr("mine@"))));
  }
  EXPECT_EQ(world.systemd.environment("HF_TOKEN"), "very secret");
  EXPECT_THAT(world.configure(Ask().set("OLLAMA_DEBUG", "1")).report.warnings, IsEmpty());
  const auto other = world.configure(Ask().set("HF_TOKEN", "another"));
  EXPECT_THAT(text_of(other.report.plan), Not(HasSubstr("very")));
}

}  // namespace
}  // namespace ollama_gpu
