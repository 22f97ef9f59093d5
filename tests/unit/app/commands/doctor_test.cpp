// SPDX-License-Identifier: MIT
// `doctor`: what it is told, and what it makes of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/world.hpp"

namespace ollama_gpu {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

app::Outcome<app::DoctorReport> doctor(World& world, const app::DoctorOptions& options = {}) {
  auto context = world.context();
  return app::doctor(context, options);
}

std::vector<std::string> codes(const app::Outcome<app::DoctorReport>& outcome) {
  std::vector<std::string> codes;
  for (const Finding& finding : outcome.report.findings) codes.push_back(finding.code);
  return codes;
}

// The complaint that brings people here is no fault, but it is said, with what changes it.
TEST(Doctor, SaysAfterTheInstallerThatSpreadIsOff) {
  World world;
  const auto outcome = doctor(world);
  EXPECT_THAT(outcome, ExitsWith(0));
  ASSERT_THAT(codes(outcome), ElementsAre("OG509"));
  EXPECT_THAT(outcome.report.findings[0].remedy,
              HasSubstr("sudo ollama-gpu configure --gpus all --spread --keep-alive"));
  EXPECT_THAT(outcome.report.not_seen, IsEmpty());
  EXPECT_THAT(world.calls.all(), IsEmpty());
  world.gpus.inventory.gpus.resize(1);
  EXPECT_THAT(codes(doctor(world)), IsEmpty()) << "one GPU: nothing to spread over";
}

TEST(Doctor, FindsNothingAfterOurOwnChange) {
  World world;
  world.configured(the_usual());
  const auto outcome = doctor(world);
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(codes(outcome), IsEmpty());
  world.configured(Ask().gpus("0,1"));
  EXPECT_THAT(codes(doctor(world)), IsEmpty());
}

TEST(Doctor, SeesWhatSystemdHasNotLoaded) {
  World world;
  world.files.put(kOverride, "[Service]\nEnvironment=OLLAMA_DEBUG=1\n");
  EXPECT_THAT(codes(doctor(world)), ElementsAre("OG411", "OG509"));
  world.systemd.load();
  const auto outcome = doctor(world);
  EXPECT_THAT(codes(outcome), ElementsAre("OG412", "OG509"));
  EXPECT_THAT(outcome, ExitsWith(11));
  EXPECT_THAT(outcome.error->message, HasSubstr("1 warning"));
}

TEST(Doctor, HoldsIdsAgainstTheGpusThereAre) {
  World world;
  world.files.put(kOverride, "[Service]\nEnvironment=CUDA_VISIBLE_DEVICES=0,4\n");
  world.systemd.boot();
  EXPECT_THAT(codes(doctor(world)), Contains("OG303"));
}

TEST(Doctor, DoesNotHoldThemAgainstThisMachineForAnImage) {
  World world;
  world.files.put(kOverride, "[Service]\nEnvironment=CUDA_VISIBLE_DEVICES=0,4\n");
  world.options.root = "/mnt";
  world.no_systemd = true;
  EXPECT_THAT(codes(doctor(world)), IsEmpty());
}

TEST(Doctor, WithoutSystemdStillReadsTheFiles) {
  World world;
  world.files.put(kOverride, "Environment=OLLAMA_DEBUG=1\n");
  world.no_systemd = true;
  EXPECT_THAT(codes(doctor(world)), ElementsAre("OG102"));
}

TEST(Doctor, SaysWhatItCouldNotSee) {
  World world;
  world.processes.unreadable = Error{Errc::permission, "not permitted"};
  const auto outcome = doctor(world);
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.report.not_seen, ElementsAre(HasSubstr("not permitted")));
}

TEST(Doctor, LeavesOutWhatIsIgnored) {
  World world;
  world.files.put(kOverride, "[Service]\nEnvironment=OLLAMA_KEEP_ALIVE=1d\n");
  world.systemd.boot();
  const auto outcome = doctor(world, {{"OG202"}, Severity::warning, false, {}});
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_EQ(outcome.report.ignored, 1U);
}

TEST(Doctor, FailsOnWhatIsAskedOnly) {
  World world;
  world.files.put(kOverride, "[Service]\nEnvironment=OLLAMA_HOST=0.0.0.0 OLLAMA_ORIGINS=*\n");
  world.systemd.boot();
  EXPECT_THAT(doctor(world), ExitsWith(11));
  EXPECT_THAT(doctor(world, {{}, Severity::error, false, {}}), ExitsWith(0));
}

// The well-known script, run twice.
constexpr const char* kScriptsLines =
    "Environment=\"OLLAMA_KEEP_ALIVE=-1\"\nEnvironment=\"OLLAMA_SCHED_SPREAD=1\"\n"
    "Environment=\"CUDA_VISIBLE_DEVICES=0,1,2,3\"\n";

// The lines put into the installer's unit, loaded, and Ollama started with it.
void put_into_unit(World& world, const std::string& lines) {
  std::string unit = installed_unit();
  world.files.put(kFragment, unit.insert(unit.find("[Service]\n") + 10, lines));
  world.systemd.boot();
}

app::Outcome<app::ChangeReport> fix(World& world, const app::DoctorOptions& options = {}) {
  auto context = world.context();
  return app::fix(context, options);
}

TEST(Mend, MovesTheScriptsLinesIntoOurDropIn) {
  World world;
  put_into_unit(world, std::string(kScriptsLines) + kScriptsLines);
  EXPECT_THAT(doctor(world), ExitsWith(11));
  const auto outcome = fix(world);
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_TRUE(outcome.report.changed && outcome.report.applied);
  EXPECT_EQ(world.files.bytes(kFragment), installed_unit());
  EXPECT_THAT(world.ours(), HasSubstr("Environment=\"CUDA_VISIBLE_DEVICES=0,1,2,3\""));
  EXPECT_EQ(world.systemd.environment("OLLAMA_KEEP_ALIVE"), "-1");
  EXPECT_THAT(codes(doctor(world)), IsEmpty());
  ASSERT_EQ(world.store.generations.size(), 1U);  // both files, to be undone as one
  EXPECT_EQ(world.store.generations.front().files.size(), 2U);
}

TEST(Mend, ShowsTheDiffOfEveryFileFirst) {
  World world;
  put_into_unit(world, kScriptsLines);
  const std::string unit = world.files.bytes(kFragment);
  app::DoctorOptions options;
  options.change.dry_run = true;
  const auto outcome = fix(world, options);
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.report.diff, HasSubstr("-Environment=\"OLLAMA_SCHED_SPREAD=1\""));
  EXPECT_THAT(outcome.report.diff, HasSubstr("+Environment=\"OLLAMA_SCHED_SPREAD=1\""));
  EXPECT_EQ(world.files.bytes(kFragment), unit);
  EXPECT_EQ(world.ours(), "(none)");
}

TEST(Mend, LeavesOurDropInAloneWhereItHasNoPartInIt) {
  World world;
  world.files.put(kOverride, "[Service]\nEnvironment=OLLAMA_KEEP_ALIVE=1d\n# mine");
  world.systemd.boot();
  EXPECT_THAT(fix(world), ExitsWith(0));
  EXPECT_EQ(world.files.bytes(kOverride), "[Service]\nEnvironment=OLLAMA_KEEP_ALIVE=24h\n# mine");
  EXPECT_EQ(world.ours(), "(none)");
}

TEST(Mend, SaysWhatIsLeft) {
  World world;
  world.files.put(kOverride,
                  "[Service]\nEnvironment=OLLAMA_KEEP_ALIVE=1d\nEnvironment=OLLAMA_MODELS=~/m\n");
  world.systemd.boot();
  const auto outcome = fix(world);
  EXPECT_THAT(outcome, ExitsWith(11));
  EXPECT_TRUE(outcome.report.changed);
  EXPECT_THAT(outcome.report.warnings, Contains(HasSubstr("OG206 stays")));
}

TEST(Mend, DoesNotSayThatWhatItEndsStays) {
  World world;
  world.files.put(kOverride, "[Service]\nEnvironment=OLLAMA_KEEP_ALIVE=1d\n");  // not loaded
  const auto outcome = fix(world);
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.report.warnings, IsEmpty());
}

// The unit as it stands on the article's page: two headers glued to the lines before them.
std::string unit_of_the_articles_page() {
  std::string unit = installed_unit();
  unit.replace(unit.find("\n\n[Service]"), 2, "");
  const std::string line = "Environment=\"OLLAMA_MODELS=/srv/models\"";
  return unit.replace(unit.find("\n\n[Install]"), 2, "\n" + std::string(kScriptsLines) + line);
}

// systemd says CanStart=no of a unit that it could not load.
void refuse_what_is_not_loaded(World& world) {
  world.systemd.distort = [](ports::UnitState& state) {
    state.can_start = state.load_state == "loaded";
  };
}

TEST(Mend, MakesTheArticlesOwnUnitRightInOneRun) {
  World world;
  world.files.put(kFragment, unit_of_the_articles_page());
  world.systemd.load();
  refuse_what_is_not_loaded(world);
  EXPECT_THAT(codes(doctor(world)), ElementsAre("OG117", "OG603"));
  const auto outcome = fix(world);
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.report.warnings, IsEmpty());
  EXPECT_EQ(world.files.bytes(kFragment), installed_unit());
  EXPECT_THAT(world.ours(), HasSubstr("\"OLLAMA_MODELS=/srv/models\""));
  EXPECT_THAT(world.ours(), HasSubstr("\"OLLAMA_KEEP_ALIVE=-1\""));
  EXPECT_EQ(world.store.generations.size(), 1U);
  EXPECT_EQ(world.calls.count("restart"), 1);
  EXPECT_THAT(codes(doctor(world)), IsEmpty());
}

TEST(Mend, DoesNotRestartWhatRefusesIt) {
  World world;
  std::string unit = unit_of_the_articles_page();
  world.files.put(kFragment, unit.insert(unit.find("After="), "RefuseManualStop=yes\n"));
  world.systemd.load();
  refuse_what_is_not_loaded(world);
  const auto outcome = fix(world);
  EXPECT_THAT(outcome, ExitsWith(6));
  EXPECT_EQ(outcome.error->location->line, 3U);
  EXPECT_THAT(world.calls.all(), IsEmpty());
}

// What beats ours was so before, and is told at the end.
TEST(Mend, DoesWhatItCanBesideAFileThatBeatsOurs) {
  World world;
  world.configured(the_usual());
  world.files.put("/etc/systemd/system/ollama.service.d/zzz.conf",
                  "[Service]\nEnvironment=OLLAMA_KEEP_ALIVE=5m\n");
  world.files.put(kOverride, "[Service]\nEnvironment=OLLAMA_LOAD_TIMEOUT=1d\n");
  world.systemd.boot();
  const auto outcome = fix(world);
  EXPECT_THAT(outcome, ExitsWith(11));
  EXPECT_THAT(outcome.error->message, HasSubstr("1 error"));
  EXPECT_EQ(world.files.bytes(kOverride), "[Service]\nEnvironment=OLLAMA_LOAD_TIMEOUT=24h\n");
  EXPECT_EQ(world.systemd.environment("OLLAMA_LOAD_TIMEOUT"), "24h");
  EXPECT_THAT(codes(doctor(world)), ElementsAre("OG404"));
}

TEST(Mend, IsNoFailureWhereTheLastLookFails) {
  World world;
  world.files.put(kOverride, "[Service]\nEnvironment=OLLAMA_KEEP_ALIVE=1d\n");
  world.systemd.boot();
  const Error gone{Errc::failed, "cannot open the unit"};
  world.calls.on("restart",
                 [&] { world.clock.in(1, [&] { world.files.unreadable[kFragment] = gone; }); });
  const auto outcome = fix(world);
  EXPECT_THAT(outcome, ExitsWith(11));
  EXPECT_THAT(outcome.error->message, HasSubstr("it was mended, but cannot be looked at again: "));
  EXPECT_TRUE(outcome.report.changed);
  EXPECT_EQ(world.files.bytes(kOverride), "[Service]\nEnvironment=OLLAMA_KEEP_ALIVE=24h\n");
}

TEST(Mend, ChangesNothingWhereNothingCanBeMended) {
  World world;
  EXPECT_THAT(fix(world), ExitsWith(0));
  world.files.put(kOverride, "[Service]\nEnvironment=OLLAMA_MODELS=~/m\n");
  world.systemd.boot();
  const auto outcome = fix(world);
  EXPECT_THAT(outcome, ExitsWith(11));
  EXPECT_FALSE(outcome.report.changed);
  EXPECT_THAT(world.calls.all(), IsEmpty());
}

TEST(Doctor, OfAUnitThatIsNotThere) {
  World world;
  world.files.remove(kFragment);
  const auto outcome = doctor(world);
  EXPECT_THAT(outcome, ExitsWith(5));
}

TEST(Doctor, OfACrashLoop) {
  World world;
  world.systemd.distort = [](ports::UnitState& state) {
    state.n_restarts = 12;
    state.main_pid = 0;
    state.active_state = "activating";
    state.sub_state = "auto-restart";
  };
  EXPECT_THAT(codes(doctor(world)), ElementsAre("OG506"));
}

}  // namespace
}  // namespace ollama_gpu
