// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/bus/systemd_bus.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "fake_systemd.hpp"

namespace ollama_gpu {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Seconds = SystemdBus::Seconds;
using Job = FakeSystemd::Job;

const SystemdBus::Tick kGoOn = [](Seconds) { return true; };

TEST(SystemdBus, reads_a_unit) {
  FakeSystemd systemd;
  const auto unit = systemd.bus()->unit("x.service");
  ASSERT_TRUE(unit);
  EXPECT_EQ(unit->id, "x.service");
  EXPECT_EQ(unit->load_state, "loaded");
  EXPECT_EQ(unit->active_state, "active");
  EXPECT_EQ(unit->sub_state, "");
  EXPECT_TRUE(unit->need_daemon_reload);
  EXPECT_THAT(unit->drop_in_paths, ElementsAre("/etc/systemd/system/x.service.d/a.conf"));
  EXPECT_EQ(unit->invocation_id, "0123456789abcdef0123456789abcdef");
  EXPECT_EQ(unit->job_id, 0U);
  EXPECT_EQ(unit->main_pid, 4321U);
  EXPECT_EQ(unit->n_restarts, 3U);
  EXPECT_EQ(unit->exec_main_status, -7);
  EXPECT_THAT(unit->environment, ElementsAre("A=1", "B=x y"));
  EXPECT_EQ(unit->timeout_start_usec, UINT64_MAX);
  EXPECT_THAT(unit->exec_start_pre, ElementsAre(ElementsAre("/bin/x", "serve")));
}

TEST(SystemdBus, reads_the_manager) {
  FakeSystemd systemd;
  const auto bus = systemd.bus();
  const auto manager = bus->manager();
  ASSERT_TRUE(manager);
  EXPECT_EQ(manager->version, "252.39-1");
  EXPECT_THAT(manager->environment, ElementsAre("LANG=C"));
  EXPECT_THAT(manager->unit_path, ElementsAre("/etc/systemd/system", "/lib/systemd/system"));
  EXPECT_EQ(bus->active_state("x.service"), "active");
}

// A name that no message can carry is no lost connection: nothing is tried again.
TEST(SystemdBus, fails_at_once_for_a_name_that_is_not_utf8) {
  FakeSystemd systemd;
  const auto bus = systemd.bus();
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(bus->reset_failed("\xFF.service"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
}

TEST(SystemdBus, reconnects_to_read) {
  FakeSystemd systemd;
  const auto bus = systemd.bus();
  ASSERT_TRUE(bus->unit("x.service"));
  systemd.cut();
  EXPECT_TRUE(bus->unit("x.service"));
}

TEST(SystemdBus, restarts_and_waits_for_the_job) {
  for (const Job job : {Job::removed, Job::removed_at_once}) {
    FakeSystemd systemd;
    systemd.behaviour.job = job;
    const auto done = systemd.bus()->run(ports::Job::restart, "x.service", Seconds(10), kGoOn);
    ASSERT_TRUE(done);
    EXPECT_EQ(done->result, "done");
    EXPECT_EQ(systemd.count("RestartUnit"), 1);
  }
}

TEST(SystemdBus, starts_and_stops) {
  FakeSystemd systemd;
  const auto bus = systemd.bus();
  EXPECT_EQ(bus->run(ports::Job::start, "x.service", Seconds(10), kGoOn)->result, "done");
  EXPECT_EQ(bus->run(ports::Job::stop, "x.service", Seconds(10), kGoOn)->result, "done");
  EXPECT_EQ(systemd.count("StartUnit"), 1);
  EXPECT_EQ(systemd.count("StopUnit"), 1);
}

TEST(SystemdBus, tells_the_result_of_the_job) {
  FakeSystemd systemd;
  systemd.behaviour.job_result = "canceled";
  EXPECT_EQ(systemd.bus()->run(ports::Job::restart, "x.service", Seconds(10), kGoOn)->result,
            "canceled");
}

TEST(SystemdBus, asks_when_the_signal_is_lost) {
  FakeSystemd systemd;
  systemd.behaviour.job = Job::signal_lost;
  systemd.behaviour.state_after = "failed";
  EXPECT_EQ(systemd.bus()->run(ports::Job::restart, "x.service", Seconds(10), kGoOn)->result,
            "failed");
  EXPECT_EQ(systemd.count("RestartUnit"), 1);
}

TEST(SystemdBus, survives_a_lost_connection_and_asks_once) {
  for (const Job job : {Job::cut_before_reply, Job::cut_after_reply}) {
    FakeSystemd systemd;
    systemd.behaviour.job = job;
    systemd.behaviour.job_time = std::chrono::milliseconds(500);
    systemd.behaviour.refused_connections = 2;
    const auto start = std::chrono::steady_clock::now();
    const auto done = systemd.bus()->run(ports::Job::restart, "x.service", Seconds(10), kGoOn);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->result, "done");
    EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(450));
    EXPECT_EQ(systemd.count("RestartUnit"), 1);
  }
}

// It is not sent twice: the caller learns that the service still runs as before.
TEST(SystemdBus, tells_a_request_that_never_arrived) {
  FakeSystemd systemd;
  systemd.behaviour.job = Job::cut_before_it_arrives;
  const auto bus = systemd.bus();
  for (const auto& done : {bus->run(ports::Job::restart, "x.service", Seconds(10), kGoOn),
                           bus->run(ports::Job::start, "x.service", Seconds(10), kGoOn),
                           bus->run(ports::Job::stop, "x.service", Seconds(10), kGoOn)}) {
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::busy);
    EXPECT_THAT(done.error().message, HasSubstr("before it took that on"));
  }
  EXPECT_EQ(systemd.count("RestartUnit"), 1);
}

TEST(SystemdBus, reloads_again_where_the_connection_was_lost) {
  FakeSystemd systemd;
  systemd.behaviour.cut_reloads = 2;
  systemd.behaviour.refused_connections = 2;
  EXPECT_TRUE(systemd.bus()->reload(Seconds(10), kGoOn));
  EXPECT_EQ(systemd.count("Reload"), 3);
}

TEST(SystemdBus, gives_up_a_reload_where_no_connection_comes_about_again) {
  FakeSystemd systemd;
  systemd.behaviour.cut_reloads = 1;
  systemd.behaviour.refused_connections = 1000;
  int ticks = 0;
  const auto done = systemd.bus()->reload(Seconds(10), [&ticks](Seconds) { return ++ticks < 5; });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "refused");
  EXPECT_EQ(systemd.count("Reload"), 1);
}

TEST(SystemdBus, notices_a_connection_that_broke_before) {
  FakeSystemd systemd;
  const auto bus = systemd.bus();
  ASSERT_TRUE(bus->manager());
  systemd.cut();
  EXPECT_EQ(bus->run(ports::Job::restart, "x.service", Seconds(10), kGoOn)->result, "done");
  EXPECT_EQ(systemd.count("RestartUnit"), 1);
}

TEST(SystemdBus, gives_up_when_the_time_is_over) {
  FakeSystemd systemd;
  systemd.behaviour.job = Job::never_ends;
  const auto done = systemd.bus()->run(ports::Job::restart, "x.service", Seconds(0.3), kGoOn);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::failed);
  EXPECT_THAT(done.error().message, HasSubstr("restart x.service"));
}

TEST(SystemdBus, ticks_while_it_waits) {
  FakeSystemd systemd;
  systemd.behaviour.job = Job::never_ends;
  int ticks = 0;
  const auto done = systemd.bus()->run(ports::Job::restart, "x.service", Seconds(10),
                                       [&ticks](Seconds) { return ++ticks < 4; });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::interrupted);
  EXPECT_EQ(ticks, 4);
}

TEST(SystemdBus, ticks_while_a_reply_is_pending) {
  FakeSystemd systemd;
  systemd.behaviour.silent = true;
  int ticks = 0;
  const auto done = systemd.bus()->reload(Seconds(10), [&ticks](Seconds) { return ++ticks < 3; });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::interrupted);
  const auto late = systemd.bus()->reload(Seconds(0.2), kGoOn);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Errc::failed);
}

TEST(SystemdBus, reloads_again_where_the_rate_was_limited) {
  FakeSystemd systemd;
  systemd.behaviour.rate_limited = 1;
  EXPECT_TRUE(systemd.bus()->reload(Seconds(20), kGoOn));
  EXPECT_EQ(systemd.count("Reload"), 2);
}

TEST(SystemdBus, resets_the_failed_state) {
  FakeSystemd systemd;
  EXPECT_TRUE(systemd.bus()->reset_failed("x.service"));
  EXPECT_EQ(systemd.count("ResetFailedUnit"), 1);
}

struct NamedError {
  const char* name;
  Errc code;
};

TEST(SystemdBus, errors_get_our_codes) {
  for (const NamedError& expected :
       {NamedError{"org.freedesktop.DBus.Error.AccessDenied", Errc::permission},
        NamedError{"org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", Errc::permission},
        NamedError{"org.freedesktop.systemd1.NoSuchUnit", Errc::not_found},
        NamedError{"org.freedesktop.systemd1.UnitMasked", Errc::conflict},
        NamedError{"org.freedesktop.systemd1.TransactionIsDestructive", Errc::busy},
        NamedError{"System.Error.EINVAL", Errc::failed}}) {
    FakeSystemd systemd;
    systemd.behaviour.error_name = expected.name;
    const auto bus = systemd.bus();
    const auto restarted = bus->run(ports::Job::restart, "x.service", Seconds(10), kGoOn);
    ASSERT_FALSE(restarted) << expected.name;
    EXPECT_EQ(restarted.error().code, expected.code) << expected.name;
    EXPECT_EQ(restarted.error().message, "cannot restart x.service: said so");
    EXPECT_EQ(bus->reload(Seconds(10), kGoOn).error().code, expected.code);
    EXPECT_EQ(bus->reset_failed("x.service").error().code, expected.code);
    EXPECT_EQ(bus->unit("x.service").error().code, expected.code);
  }
}

TEST(SystemdBus, no_systemd_is_an_error) {
  const auto bus = SystemdBus::create(
      []() -> Result<SystemdBus::Bus> { return fail(Errc::failed, "cannot reach systemd"); });
  ASSERT_FALSE(bus);
  EXPECT_EQ(bus.error().message, "cannot reach systemd");
}

}  // namespace
}  // namespace ollama_gpu
