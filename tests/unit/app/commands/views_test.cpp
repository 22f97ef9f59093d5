// SPDX-License-Identifier: MIT
// The commands that only look: verify, status, show, gpus.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/world.hpp"
#include "ollama_gpu/app/commands/status_page.hpp"

namespace ollama_gpu {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string detail_of(const std::vector<Evidence>& evidence, EvidenceLevel level) {
  for (const Evidence& found : evidence) {
    if (found.level == level) return found.detail;
  }
  return "";
}

app::Outcome<app::VerifyReport> verify(World& world) {
  auto context = world.context();
  return app::verify(context);
}

TEST(Verify, HoldsAfterAChange) {
  World world;
  world.configured(the_usual());
  const auto outcome = verify(world);
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(marks(outcome.report.evidence),
              ElementsAre("file:ok", "manager:ok", "process:ok", "server:ok", "devices:ok"));
  EXPECT_THAT(world.calls.all(), IsEmpty());
}

TEST(Verify, OfAnUntouchedUnitLooksAtItsOwnSettings) {
  World world;
  world.files.put(kOverride, "[Service]\nEnvironment=OLLAMA_KEEP_ALIVE=-1\n");
  world.systemd.boot();
  const auto outcome = verify(world);
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(marks(outcome.report.evidence),
              ElementsAre("file:skipped", "manager:ok", "process:ok", "server:ok", "devices:ok"));
}

TEST(Look, ShowsTheRestWhereAFileMayNotBeRead) {
  World world;
  world.files.put("/etc/ollama/secret.env", "OLLAMA_KEEP_ALIVE=1h\n");
  world.files.put(
      kOverride, "[Service]\nEnvironmentFile=/etc/ollama/secret.env\nEnvironment=OLLAMA_DEBUG=1\n");
  world.systemd.boot();
  world.files.unreadable["/etc/ollama/secret.env"] =
      Error{Errc::permission, "cannot open /etc/ollama/secret.env: Permission denied"};
  auto context = world.context();
  const auto shown = app::show(context, {});
  EXPECT_THAT(shown, ExitsWith(0));
  EXPECT_TRUE(shown.report.environment.variables.contains("OLLAMA_DEBUG"));
  EXPECT_THAT(shown.report.warnings, Contains(HasSubstr("/etc/ollama/secret.env")));
  EXPECT_THAT(app::status(context), ExitsWith(0));
  const auto examined = app::doctor(context, {});
  EXPECT_THAT(examined, ExitsWith(0));
  EXPECT_THAT(examined.report.not_seen, Contains(HasSubstr("/etc/ollama/secret.env")));
  const auto verified = verify(world);
  EXPECT_THAT(verified.report.evidence.size(), 5U);
  EXPECT_THAT(world.configure(the_usual()), ExitsWith(4));
}

// systemctl revert removes it, and reloads.
TEST(Verify, FailsWhereOurDropInWasTakenAway) {
  World world;
  world.configured(the_usual());
  world.files.remove(kOurs);
  world.systemd.load();
  const auto outcome = verify(world);
  EXPECT_THAT(outcome, ExitsWith(11));
  EXPECT_THAT(marks(outcome.report.evidence), Contains("file:failed"));
  EXPECT_THAT(outcome.error->hint, HasSubstr("sudo ollama-gpu rollback 1"));
  const auto planned = world.configure({});
  EXPECT_THAT(planned.report.warnings, Contains(HasSubstr("rollback 1")));
}

TEST(Verify, AcceptsADropInThatIsTakenAwayForGood) {
  World world;
  world.configured(the_usual());
  world.files.remove(kOurs);
  world.systemd.load();
  {
    auto context = world.context();
    EXPECT_THAT(app::reset(context, {}), ExitsWith(0));
  }
  EXPECT_THAT(marks(verify(world).report.evidence), Contains("file:skipped"));
  EXPECT_THAT(verify(world), ExitsWith(0));
  world.configured(the_usual());  // and once more, by reset itself
  auto context = world.context();
  EXPECT_THAT(app::reset(context, {}), ExitsWith(0));
  EXPECT_THAT(verify(world), ExitsWith(0));
}

TEST(Verify, TakesAnEnvironmentFileForWhatItIs) {
  World world;
  world.files.put("/etc/default/ollama", "OLLAMA_KEEP_ALIVE=-1\n");
  world.files.put(kOverride, "[Service]\nEnvironmentFile=/etc/default/ollama\n");
  world.systemd.boot();
  const auto outcome = verify(world);
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(marks(outcome.report.evidence), Contains("manager:ok"));
}

struct Broken {
  const char* name;
  void (*break_it)(World&);
  const char* mark;
  const char* detail;
  EvidenceLevel level;
  int code = 11;
};

void PrintTo(const Broken& broken, std::ostream* out) { *out << broken.name; }

class VerifyFinds : public testing::TestWithParam<Broken> {};

TEST_P(VerifyFinds, WhatDoesNotHold) {
  World world;
  world.configured(the_usual());
  GetParam().break_it(world);
  const auto outcome = verify(world);
  EXPECT_THAT(outcome, ExitsWith(GetParam().code));
  EXPECT_THAT(marks(outcome.report.evidence), Contains(GetParam().mark));
  EXPECT_THAT(detail_of(outcome.report.evidence, GetParam().level), HasSubstr(GetParam().detail));
}

const Endpoint kDefault{"127.0.0.1", 11434};

INSTANTIATE_TEST_SUITE_P(
    Levels, VerifyFinds,
    testing::Values(
        Broken{"ALaterFile",
               [](World& w) {
                 w.files.put("/etc/systemd/system/ollama.service.d/zzz.conf",
                             "[Service]\nEnvironment=OLLAMA_KEEP_ALIVE=5m\n");
                 w.systemd.load();
               },
               "file:failed", "OLLAMA_KEEP_ALIVE", EvidenceLevel::file},
        // A restart would not bring it: it is not pending.
        Broken{"ALaterFileInTheProcess",
               [](World& w) {
                 w.files.put("/etc/systemd/system/ollama.service.d/zzz.conf",
                             "[Service]\nEnvironment=OLLAMA_KEEP_ALIVE=5m\n");
                 w.systemd.boot();
               },
               "process:failed", "OLLAMA_KEEP_ALIVE", EvidenceLevel::process},
        Broken{"AnEditThatIsNotLoaded",
               [](World& w) { w.files.put(kOverride, "[Service]\nLimitNOFILE=9\n"); },
               "manager:failed", "NeedDaemonReload", EvidenceLevel::manager},
        Broken{"AManagerWithoutTheFile",
               [](World& w) {
                 const auto bytes = w.ours();
                 w.files.remove(kOurs);
                 w.systemd.load();
                 w.files.put(kOurs, bytes);
               },
               "manager:failed", "has not read", EvidenceLevel::manager},
        Broken{"AnOldProcess",
               [](World& w) {
                 w.systemd.process()->environment.erase("OLLAMA_KEEP_ALIVE");
                 w.systemd.state().active_enter_usec = 1;  // long before
               },
               "process:pending", "OLLAMA_KEEP_ALIVE", EvidenceLevel::process},
        Broken{"AStoppedService", [](World& w) { w.systemd.halt(); }, "process:pending",
               "not running", EvidenceLevel::process},
        Broken{"AnotherServer",
               [](World& w) {
                 w.systemd.process()->answers_at = 1e9;
                 w.processes.others = {{kDefault, {99, "python3", "/user.slice", 0}}};
               },
               "server:failed", "python3 (pid 99)", EvidenceLevel::server},
        Broken{"NobodyListening", [](World& w) { w.systemd.process()->answers_at = 1e9; },
               "server:failed", "nothing listens", EvidenceLevel::server},
        Broken{"ASettingThatOllamaMisread",
               [](World& w) {
                 auto& lines = w.journal.runs[w.systemd.state().invocation_id].service;
                 const auto at = lines[0].find("SPREAD:true");
                 lines[0].replace(at, 11, "SPREAD:false");
               },
               "server:failed", "OLLAMA_SCHED_SPREAD=1 as false", EvidenceLevel::server},
        Broken{"TheCpu",
               [](World& w) {
                 auto& lines = w.journal.runs[w.systemd.state().invocation_id].service;
                 lines.resize(1);
                 lines.push_back(
                     R"(level=INFO msg="inference compute" id=cpu library=cpu name=cpu)");
               },
               "devices:failed", "CPU", EvidenceLevel::devices},
        Broken{"NoSightOfTheProcess",
               [](World& w) {
                 w.processes.unreadable = Error{Errc::permission, "denied"};
               },
               "process:skipped", "denied", EvidenceLevel::process, 0},
        Broken{"NoSightOfTheSocket", [](World& w) { w.processes.hidden = true; }, "server:skipped",
               "without root", EvidenceLevel::server, 0},
        Broken{"NoJournal", [](World& w) { w.journal.reason = "journald is not running"; },
               "devices:skipped", "journald is not running", EvidenceLevel::devices, 0},
        Broken{"AJournalError",
               [](World& w) {
                 w.journal.broken = Error{Errc::failed, "corrupt"};
               },
               "server:skipped", "corrupt", EvidenceLevel::server, 0},
        Broken{"VacuumedLines", [](World& w) { w.journal.runs.clear(); }, "devices:skipped",
               "not in the journal", EvidenceLevel::devices, 0},
        Broken{"AnotherStandardError",
               [](World& w) {
                 w.journal.runs.clear();
                 w.systemd.state().standard_error = "file:/var/log/ollama";
               },
               "devices:skipped", "StandardError=file:", EvidenceLevel::devices, 0},
        Broken{"NoLibrary",
               [](World& w) {
                 w.gpus.inventory = {};
                 w.gpus.inventory.problem = "no NVIDIA library";
               },
               "devices:skipped", "no NVIDIA library", EvidenceLevel::devices, 0},
        Broken{"NoSystemd", [](World& w) { w.no_systemd = true; }, "process:skipped",
               "no systemd is running", EvidenceLevel::process, 0}),
    [](const auto& test) { return test.param.name; });

TEST(Verify, WaitsForLinesThatLag) {
  World world;
  world.configured(the_usual());
  const std::string id = world.systemd.state().invocation_id;
  const auto lines = world.journal.runs[id];
  world.journal.runs.clear();
  world.clock.in(1.5, [&] { world.journal.runs[id] = lines; });
  EXPECT_THAT(marks(verify(world).report.evidence), Contains("devices:ok"));
}

TEST(Verify, OfNoUnitIsNotFound) {
  World world;
  world.options.unit = "other";
  EXPECT_THAT(verify(world), ExitsWith(5));
}

TEST(Status, IsOnePage) {
  World world;
  world.configured(the_usual());
  world.ollama.models = {{"llama3:70b", 43, 43}};
  world.gpus.inventory.gpus[1].processes = {
      {static_cast<int>(world.systemd.process()->pid) + 1, 21U}};
  auto context = world.context();
  const auto outcome = app::status(context);
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_EQ(outcome.report.unit.active_state, "active");
  EXPECT_EQ(outcome.report.unit.version, "0.33.0");
  EXPECT_EQ(outcome.report.unit.address, "127.0.0.1:11434");
  EXPECT_GE(outcome.report.unit.uptime.value_or(-1), 60);
  ASSERT_TRUE(outcome.report.models);
  EXPECT_EQ(outcome.report.models->front().name, "llama3:70b");
  ASSERT_EQ(outcome.report.gpus.size(), 4U);
  EXPECT_EQ(outcome.report.gpus[1].held_by_ollama, 21U);
  EXPECT_EQ(outcome.report.gpus[0].held_by_ollama, 0U);
  std::vector<std::string> ours;
  for (const app::SettingInForce& setting : outcome.report.settings) {
    EXPECT_TRUE(setting.in_process.value_or(false)) << setting.name;
    if (setting.ours) ours.push_back(setting.name);
  }
  EXPECT_THAT(ours, ElementsAre("CUDA_DEVICE_ORDER", "CUDA_VISIBLE_DEVICES", "OLLAMA_KEEP_ALIVE",
                                "OLLAMA_SCHED_SPREAD"));
  EXPECT_THAT(world.calls.all(), IsEmpty());
}

TEST(Status, APageEverySecondShowsWhatIsNow) {
  World world;
  world.configured(the_usual());
  auto context = world.context();
  app::StatusPages pages(context);
  const auto first = pages.next();
  EXPECT_THAT(first, ExitsWith(0));
  EXPECT_THAT(first.report.evidence, IsEmpty());
  EXPECT_NE(first.report.unit.main_pid, 0U);
  const auto has_debug = [](const app::Outcome<app::StatusReport>& page) {
    return std::any_of(page.report.settings.begin(), page.report.settings.end(),
                       [](const auto& setting) { return setting.name == "OLLAMA_DEBUG"; });
  };
  world.files.put(kOverride, "[Service]\nEnvironment=OLLAMA_DEBUG=1\n");
  world.systemd.halt();  // the unit's state is always that of now
  EXPECT_EQ(pages.next().report.unit.main_pid, 0U);
  world.systemd.load();
  EXPECT_TRUE(has_debug(pages.next()));
}

TEST(Status, OfABrokenUnitShowsWhatItCan) {
  World world;
  world.files.remove(kFragment);
  auto context = world.context();
  const auto outcome = app::status(context);
  EXPECT_THAT(outcome, ExitsWith(5));
  EXPECT_EQ(outcome.report.gpus.size(), 4U);
}

// Debian 12 names /lib before /usr/lib, which are one there: only the manager knows.
TEST(Show, LooksWhereTheManagerDoes) {
  World world;
  world.systemd.unit_path = {"/etc/systemd/system", "/lib/systemd/system"};
  world.files.put("/lib/systemd/system/ollama.service.d/x.conf", "[Service]\nEnvironment=X=1\n");
  auto context = world.context();
  const auto outcome = app::show(context, {});
  EXPECT_THAT(outcome.report.drop_ins, ElementsAre("/lib/systemd/system/ollama.service.d/x.conf"));
}

// PassEnvironment= takes PID 1's variables, but not the HOME=/ that the kernel gave it.
TEST(Show, KnowsWhatTheManagerPassesOn) {
  World world;
  world.processes.manager = {"HTTPS_PROXY=http://proxy:3128", "HOME=/"};
  world.files.put(kOverride,
                  "[Service]\nPassEnvironment=HTTPS_PROXY HOME ABSENT\nEnvironment=AT=%h\n");
  world.systemd.boot();
  auto context = world.context();
  const auto outcome = app::show(context, {});
  const auto& variables = outcome.report.environment.variables;
  ASSERT_EQ(variables.count("HTTPS_PROXY"), 1U);
  EXPECT_EQ(variables.at("HTTPS_PROXY").value, "http://proxy:3128");
  EXPECT_EQ(variables.count("HOME"), 0U);
  EXPECT_EQ(variables.count("ABSENT"), 0U);
  world.processes.manager = {"HOME=/srv/root"};
  const auto moved = app::show(context, {});
  EXPECT_EQ(moved.report.environment.variables.at("AT").value, "/srv/root");
}

TEST(Show, TellsWhereEachValueComesFrom) {
  World world;
  world.files.put(kOverride, "[Service]\nEnvironment=OLLAMA_KEEP_ALIVE=5m\nEnvironment=\"A=%q\"\n");
  world.systemd.boot();
  world.configured(the_usual());
  world.no_systemd = true;
  auto context = world.context();
  const auto outcome = app::show(context, {{"OLLAMA_KEEP_ALIVE"}});
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_EQ(outcome.report.fragment, kFragment);
  EXPECT_THAT(outcome.report.drop_ins, ElementsAre(kOverride, kOurs));
  EXPECT_THAT(outcome.report.only, ElementsAre("OLLAMA_KEEP_ALIVE"));
  const auto& keep = outcome.report.environment.variables.at("OLLAMA_KEEP_ALIVE");
  EXPECT_EQ(keep.value, "-1");
  EXPECT_EQ(keep.source.file, kOurs);
  ASSERT_EQ(keep.overridden.size(), 1U);
  EXPECT_EQ(keep.overridden[0].source.line, 2U);
  EXPECT_THAT(outcome.report.warnings, testing::Not(IsEmpty()));
}

TEST(Gpus, SayWhichOfThemOllamaMayUse) {
  World world;
  world.configured(Ask().gpus("1,2"));
  auto context = world.context();
  const auto outcome = app::gpus(context);
  EXPECT_THAT(outcome, ExitsWith(0));
  ASSERT_EQ(outcome.report.gpus.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(outcome.report.gpus[i].visible_to_ollama, i == 1 || i == 2) << i;
  }
}

TEST(Gpus, SayWhoHoldsMemoryThere) {
  World world;
  const int own = static_cast<int>(world.systemd.process()->pid);
  world.gpus.inventory.gpus[1].processes = {{own, 21U}, {99, 4U}, {own + 1, std::nullopt}};
  auto context = world.context();
  const auto gpus = app::gpus(context).report.gpus;
  ASSERT_EQ(gpus[1].processes.size(), 3U);
  EXPECT_EQ(gpus[1].processes[0].command, "ollama");
  EXPECT_EQ(gpus[1].processes[0].of_ollama, true);
  EXPECT_EQ(gpus[1].processes[1].of_ollama, false);
  EXPECT_EQ(gpus[1].processes[2].of_ollama, true);
  EXPECT_EQ(gpus[1].held_by_ollama, 21U);
}

TEST(Gpus, AreListedWithoutAUnit) {
  World world;
  world.options.unit = "other";
  auto context = world.context();
  const auto outcome = app::gpus(context);
  EXPECT_THAT(outcome, ExitsWith(0));
  ASSERT_EQ(outcome.report.gpus.size(), 4U);
  EXPECT_FALSE(outcome.report.gpus[0].visible_to_ollama);
}

}  // namespace
}  // namespace ollama_gpu
