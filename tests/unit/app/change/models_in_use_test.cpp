// SPDX-License-Identifier: MIT
// What a restart takes away: said, waited for, and brought back.
#include "app/change/models_in_use.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "app/world.hpp"
#include "ollama_gpu/core/ollama/go_values.hpp"

namespace ollama_gpu {
namespace {

using ports::KeepAlive;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::uint64_t kGiB = 1ULL << 30U;
constexpr std::int64_t kMinutes = 60'000'000'000LL;

// Two models are loaded: one for ever though the server's default is five minutes.
struct InUseWorld : World {
  InUseWorld() {
    ollama.models_on_disk = {{"a:70b", 40 * kGiB}, {"b:3b", 2 * kGiB}};
    ollama.models = {{"a:70b", 40 * kGiB, 40 * kGiB, "", std::nullopt, 4096},
                     {"b:3b", 2 * kGiB, 2 * kGiB, "", 120.0, 4096}};
    EXPECT_TRUE(ollama.loaded({}, ports::OllamaServer::Seconds(1)));
  }
};

TEST(InUse, is_said_in_the_plan) {
  InUseWorld world;
  world.processes.connections = {{1, 0, 0}, {2, 0, 0}};
  Ask ask = the_usual();
  ask.options.change.dry_run = true;
  const std::string plan = text_of(world.configure(ask).report.plan);
  EXPECT_THAT(plan, HasSubstr("unload a:70b: 40.0 GiB in memory, kept for ever; the restart takes "
                              "it out\n"));
  EXPECT_THAT(plan, HasSubstr("unload b:3b: 2.0 GiB in memory, to be unloaded in 120 s"));
  EXPECT_THAT(plan, HasSubstr("2 client connections are open"));
  ask.options.change.preload = true;
  ask.options.change.when_idle = 60;
  const std::string more = text_of(world.configure(ask).report.plan);
  EXPECT_THAT(more, HasSubstr("takes it out, --preload loads it again"));
  EXPECT_THAT(more, HasSubstr("wait ollama.service: before anything is written"));
}

TEST(InUse, is_not_said_where_nothing_restarts) {
  InUseWorld world;
  Ask ask = the_usual();
  ask.options.change.restart = app::RestartMode::never;
  EXPECT_THAT(text_of(world.configure(ask).report.plan), Not(HasSubstr("unload")));
}

TEST(InUse, of_another_server_on_that_port_is_not_ours) {
  InUseWorld world;
  world.systemd.process()->endpoint.port = 1;
  world.processes.others = {{{"127.0.0.1", 11434}, {77, "other", "/user.slice", 0}}};
  Ask ask = the_usual();
  ask.options.change.dry_run = true;
  EXPECT_THAT(text_of(world.configure(ask).report.plan), Not(HasSubstr("unload")));
}

TEST(WhenIdle, a_quiet_service_is_restarted_after_three_seconds) {
  InUseWorld world;
  world.processes.connections = {{1, 500, 100}};  // kept open
  Ask ask = the_usual();
  ask.options.change.when_idle = 60;
  const double start = world.clock.now().count();
  double wrote = 0;
  world.calls.on("write", [&] { wrote = world.clock.now().count(); });
  const auto outcome = world.configure(ask);
  EXPECT_THAT(outcome, ExitsWith(0));
  const std::string& diff = outcome.report.diff;
  EXPECT_EQ(diff.find("+++"), diff.rfind("+++")) << diff;
  EXPECT_GE(wrote - start, 3);
  EXPECT_LT(wrote - start, 5);
}

TEST(WhenIdle, waits_until_the_work_has_ended) {
  InUseWorld world;
  const double start = world.clock.now().count();
  world.processes.cpu = [&] { return std::min(world.clock.now().count(), start + 20); };
  Ask ask = the_usual();
  ask.options.change.when_idle = 60;
  double wrote = 0;
  world.calls.on("write", [&] { wrote = world.clock.now().count(); });
  EXPECT_THAT(world.configure(ask), ExitsWith(0));
  EXPECT_GE(wrote - start, 22);
  EXPECT_THAT(world.messages.text(), HasSubstr("waiting for ollama.service to become idle"));
}

TEST(WhenIdle, not_idle_in_time_changes_nothing) {
  InUseWorld world;
  world.processes.cpu = [&] { return world.clock.now().count(); };
  Ask ask = the_usual();
  ask.options.change.when_idle = 10;
  const auto outcome = world.configure(ask);
  EXPECT_THAT(outcome, ExitsWith(9));
  EXPECT_THAT(outcome.error->message, AllOf(HasSubstr("within 10 s"), HasSubstr("100% of a core")));
  EXPECT_THAT(world.calls.all(), IsEmpty());
  EXPECT_FALSE(outcome.report.changed);
  EXPECT_THAT(text_of(outcome.report.plan), HasSubstr("unload a:70b"));
  EXPECT_FALSE(world.store.held);
}

TEST(WhenIdle, nought_does_not_wait_for_a_busy_one) {
  InUseWorld world;
  std::uint64_t sent = 0;
  world.processes.connections = {{1, 0, 100}};
  world.processes.cpu = [&] {
    world.processes.connections.front().sent = ++sent;
    return 0.0;
  };
  Ask ask = the_usual();
  ask.options.change.when_idle = 0;
  const double start = world.clock.now().count();
  const auto outcome = world.configure(ask);
  EXPECT_THAT(outcome, ExitsWith(9));
  EXPECT_THAT(outcome.error->message, HasSubstr("answer"));
  EXPECT_LE(world.clock.now().count() - start, 1.5);
}

TEST(WhenIdle, a_signal_ends_the_wait) {
  InUseWorld world;
  world.processes.cpu = [&] { return world.clock.now().count(); };
  world.clock.in(5, [&] { world.clock.raise(SIGTERM); });
  Ask ask = the_usual();
  ask.options.change.when_idle = 60;
  EXPECT_THAT(world.configure(ask), ExitsWith(128 + SIGTERM));
  EXPECT_THAT(world.calls.all(), IsEmpty());
}

TEST(WhenIdle, what_cannot_be_seen_is_no_idleness) {
  InUseWorld world;
  world.processes.cpu_unknown = Error{Errc::permission, "no access"};
  Ask ask = the_usual();
  ask.options.change.when_idle = 60;
  const auto outcome = world.configure(ask);
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.error->message, HasSubstr("no access"));
  EXPECT_THAT(world.calls.all(), IsEmpty());
}

TEST(WhenIdle, sees_what_was_edited_meanwhile) {
  InUseWorld world;
  world.clock.in(2, [&] { world.files.put(kOverride, "[Service]\nEnvironmentFile=/etc/x\n"); });
  world.files.put("/etc/x", "OLLAMA_SCHED_SPREAD=0\n");
  Ask ask = the_usual();
  ask.options.change.when_idle = 60;
  EXPECT_THAT(world.configure(ask), ExitsWith(6));
  EXPECT_THAT(world.calls.all(), IsEmpty());
}

TEST(WhenIdle, does_not_wait_where_nothing_restarts) {
  InUseWorld world;
  world.configured(the_usual());
  world.processes.cpu = [&] { return world.clock.now().count(); };
  Ask ask = the_usual();
  ask.options.change.when_idle = 60;
  EXPECT_THAT(world.configure(ask), ExitsWith(0));
}

TEST(Preload, loads_again_what_the_restart_unloaded) {
  InUseWorld world;
  Ask ask = Ask().set("OLLAMA_SCHED_SPREAD", "1");
  ask.options.change.preload = true;
  const auto outcome = world.configure(ask);
  EXPECT_THAT(outcome, ExitsWith(0));
  // For ever was asked for by someone; what the server's default explains is left to it.
  EXPECT_THAT(world.calls.all(), ElementsAre("store pending", "write", "reload", "reset-failed",
                                             "restart", "load a:70b -1", "load b:3b"));
  EXPECT_THAT(outcome.report.summary, HasSubstr("2 of 2 models loaded again"));
  EXPECT_EQ(world.ollama.models.size(), 2U);
}

TEST(Preload, without_it_they_stay_away) {
  InUseWorld world;
  EXPECT_THAT(world.configure(the_usual()), ExitsWith(0));
  EXPECT_THAT(world.calls.all(), Not(Contains(HasSubstr("load a"))));
  EXPECT_THAT(*world.ollama.loaded({}, ports::OllamaServer::Seconds(1)), IsEmpty());
}

TEST(Preload, a_failure_is_a_warning) {
  InUseWorld world;
  world.ollama.load_fails["a:70b"] = Error{Errc::failed, "no room"};
  Ask ask = the_usual();
  ask.options.change.preload = true;
  const auto outcome = world.configure(ask);
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.report.warnings,
              ElementsAre(AllOf(HasSubstr("a:70b"), HasSubstr("no room"))));
  EXPECT_THAT(outcome.report.summary, HasSubstr("1 of 2 models"));
  EXPECT_EQ(world.store.last_result(), "done");
}

TEST(Preload, that_brings_nothing_back_is_a_failure) {
  for (const bool require : {false, true}) {
    InUseWorld world;
    for (const char* model : {"a:70b", "b:3b"}) {
      world.ollama.load_fails[model] = Error{Errc::failed, "unable to load model"};
    }
    Ask ask = the_usual();
    ask.options.change.preload = true;
    ask.options.change.require_gpu = require;
    const auto outcome = world.configure(ask);
    EXPECT_THAT(outcome, ExitsWith(require ? 7 : 11));
    EXPECT_THAT(outcome.error->message, HasSubstr("none of the 2 models"));
    EXPECT_EQ(world.store.last_result(), require ? "rolled back" : "done");
    EXPECT_EQ(outcome.report.rolled_back, require);
  }
}

TEST(Preload, also_brings_them_back_after_a_rollback) {
  InUseWorld world;
  world.systemd.starts = {{Fate::crashes}};
  Ask ask = the_usual();
  ask.options.change.preload = true;
  EXPECT_THAT(world.configure(ask), ExitsWith(7));
  EXPECT_THAT(world.calls.all(), Contains("load a:70b -1"));
}

TEST(Preload, a_signal_ends_it_and_the_change_stays) {
  InUseWorld world;
  world.calls.on("load a:70b -1", [&] { world.clock.raise(SIGINT); });
  Ask ask = Ask().set("OLLAMA_SCHED_SPREAD", "1");
  ask.options.change.preload = true;
  const auto outcome = world.configure(ask);
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(world.calls.all(), Not(Contains("load b:3b")));
  EXPECT_THAT(outcome.report.warnings, Contains(HasSubstr("given up")));
  EXPECT_THAT(world.ours(), HasSubstr("OLLAMA_SCHED_SPREAD=1"));
}

TEST(KeepAliveAgain, is_left_to_the_server_where_that_explains_it) {
  const auto again = [](std::optional<double> left, std::int64_t server) {
    return app::keep_alive_again({"a", 1, 1, "", left, 1}, server);
  };
  EXPECT_EQ(again(120, 5 * kMinutes), std::nullopt);
  EXPECT_EQ(again(300.4, 5 * kMinutes), std::nullopt);
  EXPECT_EQ(again(3000.2, 5 * kMinutes), KeepAlive(3001));
  EXPECT_EQ(again(std::nullopt, 5 * kMinutes), KeepAlive(-1));
  EXPECT_EQ(again(std::nullopt, kForeverNs), std::nullopt);
  EXPECT_EQ(again(120, kForeverNs), KeepAlive(120));
  EXPECT_EQ(again(-5, kForeverNs), KeepAlive(1));
}

}  // namespace
}  // namespace ollama_gpu
