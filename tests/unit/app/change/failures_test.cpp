// SPDX-License-Identifier: MIT
// A service that does not come up healthy with the new settings.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/world.hpp"
#include "ollama_gpu/app/out_of_memory.hpp"

namespace ollama_gpu {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const auto kPutBack = ElementsAre("store pending", "write", "reload", "reset-failed", "restart",
                                  "remove", "rmdir", "reload", "reset-failed", "restart");

// Everything is as before the change: the file, what systemd has loaded, and the process.
void expect_as_before(World& world, const std::string& bytes) {
  EXPECT_EQ(world.ours(), bytes);
  EXPECT_EQ(world.systemd.environment("OLLAMA_SCHED_SPREAD"), "(none)");
  EXPECT_FALSE(world.systemd.unit("ollama.service")->need_daemon_reload);
  EXPECT_EQ(world.systemd.state().active_state, "active");
  EXPECT_FALSE(world.store.held);
}

struct Failing {
  const char* name;
  Start start;
  const char* reason;
};

void PrintTo(const Failing& failing, std::ostream* out) { *out << failing.name; }

class UnhealthyStart : public testing::TestWithParam<Failing> {};

TEST_P(UnhealthyStart, PutsEverythingBack) {
  World world;
  world.systemd.starts = {GetParam().start};
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(7));
  ASSERT_TRUE(outcome.error);
  EXPECT_THAT(outcome.error->message, HasSubstr(GetParam().reason));
  EXPECT_THAT(outcome.error->message, HasSubstr("everything was put back"));
  EXPECT_TRUE(outcome.report.rolled_back);
  EXPECT_FALSE(outcome.report.changed || outcome.report.applied);
  EXPECT_THAT(world.calls.all(), kPutBack);
  EXPECT_EQ(world.store.last_result(), "rolled back");
  expect_as_before(world, "(none)");
}

TEST_P(UnhealthyStart, BringsBackTheFormerFile) {
  World world;
  world.configured(Ask().set("OLLAMA_KEEP_ALIVE", "24h"));
  world.files.put(kOurs, world.ours(), 0640);
  const auto before = *world.files.load(kOurs);
  world.systemd.starts = {GetParam().start};
  EXPECT_THAT(world.configure(the_usual()), ExitsWith(7));
  EXPECT_TRUE(*world.files.load(kOurs) == before);
  EXPECT_EQ(world.systemd.environment("OLLAMA_KEEP_ALIVE"), "24h");
  expect_as_before(world, before->bytes);
}

TEST_P(UnhealthyStart, StaysWithNoRollback) {
  World world;
  world.systemd.starts = {GetParam().start};
  Ask ask = the_usual();
  ask.options.change.no_rollback = true;
  const auto outcome = world.configure(ask);
  EXPECT_THAT(outcome, ExitsWith(8));
  EXPECT_THAT(outcome.error->message, HasSubstr("--no-rollback"));
  EXPECT_THAT(outcome.error->hint, HasSubstr("ollama-gpu rollback"));
  EXPECT_FALSE(outcome.report.rolled_back);
  EXPECT_TRUE(outcome.report.changed);
  EXPECT_EQ(world.calls.count("restart"), 1);
  EXPECT_THAT(world.ours(), HasSubstr("OLLAMA_SCHED_SPREAD=1"));
}

INSTANTIATE_TEST_SUITE_P(
    Failures, UnhealthyStart,
    testing::Values(
        Failing{"AtOnce", {Fate::crashes}, "exited with status 1"},
        Failing{"InALoop", {Fate::crash_loops}, "exited with status 1"},
        Failing{"AfterItAnswered", {Fate::crashes, 12}, "exited with status 1"},
        Failing{"InALoopAfterItAnswered", {Fate::crash_loops, 12}, "exited with status 1"},
        Failing{"WhileItsRunnersAreEnded", {Fate::crashes_slowly, 12}, "exited with status 1"},
        Failing{"BetweenTwoReads", {Fate::crashes_between_reads}, "exited with status 1"},
        Failing{"AndIsBackAlready", {Fate::comes_back, 5}, "restarted"},
        Failing{"LosingItsMainProcess", {Fate::loses_main, 12}, "main process"},
        Failing{"TooOften", {Fate::start_limit}, "start-limit-hit"},
        Failing{"NeverListening", {Fate::silent}, "nothing listens"},
        Failing{"NeverAnswering", {Fate::hangs}, "did not answer"},
        Failing{"JobFailed", {Fate::healthy, 0, "failed"}, "ended as failed"},
        Failing{"JobTimedOut", {Fate::healthy, 0, "timeout"}, "ended as timeout"},
        Failing{"ConnectionLost",
                {Fate::healthy, 0, "done", Error{Errc::failed, "connection lost"}},
                "connection lost"}),
    [](const auto& test) { return test.param.name; });

TEST(Failure, ShowsTheJournalOfTheRunThatFailed) {
  World world;
  world.systemd.starts = {{Fate::crashes, 3}};
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome.report.journal, testing::Contains("Error: boom"));
}

TEST(Failure, WaitsForAJournalThatLagsBehind) {
  World world;
  world.systemd.starts = {{Fate::crashes, 3}};
  world.calls.on("restart", [&] { world.journal.behind = true; });
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome.report.journal, testing::Contains("Error: boom"));
}

TEST(Failure, ShowsLinesWhoseRunTheJournalDoesNotKnow) {
  World world;
  world.systemd.starts = {{Fate::crashes}};
  world.journal.strays = {{world.clock.unix_seconds() - 5, "from long ago"}};
  world.calls.on("restart", [&] {
    world.journal.strays.emplace_back(world.clock.unix_seconds() + 1, "exec format error");
  });
  world.calls.on("reload", [&] { world.journal.deaf = true; });
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome.report.journal, ElementsAre("exec format error"));
}

TEST(Failure, OfAServiceThatFailedBeforeIsNotOurs) {
  World world;
  world.systemd.halt();
  world.systemd.state().active_state = "activating";
  world.systemd.state().sub_state = "auto-restart";
  world.systemd.starts = {{Fate::crash_loops}, {Fate::crash_loops}};
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(8));
  EXPECT_THAT(outcome.error->message, HasSubstr("it was failing before"));
  EXPECT_EQ(world.ours(), "(none)");
}

// Given up by systemd it is a service that is not running: left so, and said.
TEST(Failure, OfAServiceThatIsDownIsSaid) {
  World world;
  world.configured(the_usual());
  world.systemd.halt(true);
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.report.warnings, testing::Contains(HasSubstr("has failed")));
  EXPECT_THAT(world.calls.all(), IsEmpty());
}

TEST(Failure, ToPutBackIsSaidWithWhatToType) {
  World world;
  world.systemd.starts = {{Fate::crashes}, {Fate::crashes}};
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(8));
  EXPECT_THAT(outcome.error->message, HasSubstr(std::string(kOurs) + " is gone again"));
  EXPECT_THAT(outcome.error->hint, HasSubstr("systemctl restart ollama.service"));
  EXPECT_EQ(world.store.last_result(), "failed");
  EXPECT_FALSE(outcome.report.rolled_back);
}

TEST(Failure, ToReloadWhilePuttingBackIsSaid) {
  World world;
  world.systemd.starts = {{Fate::crashes}};
  world.systemd.reloads = {std::nullopt, Error{Errc::busy, "rate limit"}};
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(8));
  EXPECT_THAT(outcome.error->hint, HasSubstr("systemctl daemon-reload"));
  EXPECT_EQ(world.ours(), "(none)");
}

// No room in /run: systemd has read neither the new file nor the one that is back.
TEST(Failure, ToReloadAtAllIsPutBackAllTheSame) {
  World world;
  const Error full{Errc::failed, "not enough space on /run/systemd"};
  world.systemd.reloads = {full, full};
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.error->message, HasSubstr("everything was put back"));
  EXPECT_EQ(world.ours(), "(none)");
  EXPECT_EQ(world.calls.count("restart"), 0);
  EXPECT_TRUE(outcome.report.rolled_back);
}

TEST(Failure, LeavesAFileThatSomeoneEditedMeanwhile) {
  World world;
  world.systemd.starts = {{Fate::crashes, 12}};
  world.calls.on("answer", [&] { world.files.put(kOurs, "[Service]\n# mine\n"); });
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(8));
  EXPECT_THAT(outcome.error->message, HasSubstr("could not be put back"));
  EXPECT_THAT(outcome.error->hint, HasSubstr(kOurs));
  EXPECT_EQ(world.ours(), "[Service]\n# mine\n");
}

TEST(Failure, StartsDependantsAgain) {
  World world;
  world.systemd.state().bound_by = {"webui.service"};
  world.systemd.other_units = {{"webui.service", "active"}};
  world.systemd.starts = {{Fate::crashes}};
  EXPECT_THAT(world.configure(the_usual()), ExitsWith(7));
  EXPECT_EQ(world.calls.count("start webui.service"), 1);
  EXPECT_EQ(world.systemd.other_units["webui.service"], "active");
}

TEST(Failure, OfAServiceWithItsOwnNetworkIsPutBackToo) {
  World world;
  world.files.put(kFragment, installed_unit() + "[Service]\nPrivateNetwork=yes\n");
  world.systemd.load();
  world.systemd.starts = {{Fate::crashes}, {Fate::silent}};
  EXPECT_THAT(world.configure(the_usual()), ExitsWith(7));
}

TEST(Failure, OfTheReloadPutsTheFileBack) {
  World world;
  world.systemd.reloads = {Error{Errc::busy, "rate limit"}};
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(9));
  EXPECT_EQ(world.ours(), "(none)");
  EXPECT_EQ(world.calls.count("restart"), 0);
  EXPECT_TRUE(outcome.report.rolled_back);
}

TEST(Failure, WhereSystemdReadsItOtherwiseIsAConflict) {
  World world;
  world.systemd.distort = [&](ports::UnitState& state) {
    std::erase(state.environment, "OLLAMA_KEEP_ALIVE=-1");
  };
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(6));
  EXPECT_THAT(outcome.error->message, HasSubstr("OLLAMA_KEEP_ALIVE"));
  EXPECT_EQ(world.ours(), "(none)");
  EXPECT_EQ(world.calls.count("restart"), 0);
}

TEST(Failure, InSomebodyElsesSettingIsAWarning) {
  World world;
  world.systemd.distort = [](ports::UnitState& state) { state.environment.push_back("OTHER=1"); };
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.report.warnings, testing::Contains(HasSubstr("not ours")));
}

TEST(Failure, ToRestartForWantOfPermissionIsSaidAsSuch) {
  World world;
  world.systemd.starts = {{Fate::healthy, 0, "done", Error{Errc::permission, "denied"}}};
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(4));
  EXPECT_EQ(world.ours(), "(none)");
  EXPECT_EQ(world.calls.count("restart"), 1);
}

TEST(Failure, ToRestartBecauseSystemdRefusesLeavesTheServiceAlone) {
  for (const Errc code : {Errc::busy, Errc::conflict, Errc::not_found}) {
    World world;
    world.systemd.starts = {{Fate::healthy, 0, "done", Error{code, "refused"}}};
    const auto before = world.systemd.process()->pid;
    const auto outcome = world.configure(the_usual());
    EXPECT_THAT(outcome, ExitsWith(exit_code(code)));
    EXPECT_TRUE(outcome.report.rolled_back);
    EXPECT_EQ(world.ours(), "(none)");
    EXPECT_EQ(world.calls.count("restart"), 1);
    EXPECT_EQ(world.systemd.process()->pid, before);
  }
}

TEST(Failure, ToPutBackNamesTheFormerFile) {
  World world;
  world.configured(Ask().set("OLLAMA_KEEP_ALIVE", "24h"));
  world.systemd.starts = {{Fate::crashes}, {Fate::crashes}};
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(8));
  EXPECT_THAT(outcome.error->message, HasSubstr(std::string(kOurs) + " is back as it was"));
}

TEST(Failure, IsNotAnAddressThatOnlyWeCannotRead) {
  World world;
  world.processes.unresolved = [&world] { return world.calls.count("write") > 0; };
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_FALSE(outcome.report.rolled_back);
  EXPECT_EQ(world.store.last_result(), "done");
}

// A name server that is slow once: what is seen afterwards has to answer first.
TEST(Failure, IsNotAnAddressThatIsReadLater) {
  World world;
  int left = 2;
  world.processes.unresolved = [&] { return world.calls.count("restart") > 0 && left-- > 0; };
  world.systemd.starts = {{Fate::healthy, 0, "done", {}, 5.0}};
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_FALSE(outcome.report.rolled_back);
}

TEST(Failure, ForLackOfMemoryPutsEverythingBack) {
  for (const char* moment : {"write", "reload", "restart"}) {
    World world;
    world.calls.on(moment, [] { throw std::bad_alloc(); });
    const auto outcome = world.configure(the_usual());
    EXPECT_THAT(outcome, ExitsWith(1)) << moment;
    EXPECT_THAT(outcome.error->message, HasSubstr("out of memory")) << moment;
    EXPECT_EQ(world.store.last_result(), "rolled back") << moment;
    expect_as_before(world, "(none)");
  }
}

TEST(Failure, ForLackOfMemoryTwiceSaysWhatStays) {
  World world;
  for (const char* moment : {"write", "remove"}) {
    world.calls.on(moment, [] { throw std::bad_alloc(); });
  }
  EXPECT_THROW(world.configure(the_usual()), app::LeftWritten);
  EXPECT_EQ(world.store.last_result(), "pending");
}

TEST(Failure, WhenSomeoneEditedTheFileBeforeTheWriteIsBusy) {
  World world;
  world.files.before_exchange = [&] { world.files.put(kOurs, "[Service]\n# theirs\n"); };
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(9));
  EXPECT_EQ(world.ours(), "[Service]\n# theirs\n");
  EXPECT_EQ(world.store.last_result(), "rolled back");
  EXPECT_THAT(world.calls.all(), ElementsAre("store pending"));
}

}  // namespace
}  // namespace ollama_gpu
