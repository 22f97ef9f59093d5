// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/world.hpp"
#include "core/systemd/time_span.hpp"

namespace ollama_gpu {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Ask with_gate(Ask ask = the_usual(), unsigned seconds = 60) {
  ask.options.request.gate = GateRequest{true, seconds, false};
  return ask;
}

Ask without_gate() {
  Ask ask;
  ask.options.request.gate = GateRequest{false, 0, false};
  return ask;
}

const std::string kLine = "ExecStartPre=-/usr/bin/ollama-gpu wait --gpus=0,1,2,3 --timeout=60\n";

TEST(Gate, IsWrittenWithTheSelection) {
  World world;
  const auto outcome = world.configure(with_gate());
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(world.ours(), HasSubstr(kLine + "TimeoutStartSec=90s\n"));
  EXPECT_THAT(text_of(outcome.report.plan),
              HasSubstr("the gate: before each start, /usr/bin/ollama-gpu waits at most 60 s for "
                        "GPUs 0,1,2,3; then Ollama starts without them"));
  EXPECT_THAT(
      world.systemd.state().exec_start_pre,
      ElementsAre(ElementsAre("/usr/bin/ollama-gpu", "wait", "--gpus=0,1,2,3", "--timeout=60")));
  EXPECT_THAT(marks(outcome.report.evidence), Contains("manager:ok"));
}

TEST(Gate, AloneNeedsNoRestart) {
  World world;
  world.configured(the_usual());
  const auto outcome = world.configure(with_gate(Ask()));
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(world.calls.all(), ElementsAre("store pending", "write", "reload"));
  EXPECT_TRUE(outcome.report.changed && outcome.report.applied);
  EXPECT_FALSE(outcome.report.restarted);
  EXPECT_THAT(world.ours(), HasSubstr(kLine));
}

TEST(Gate, StaysWhenNobodyNamesIt) {
  World world;
  world.configured(with_gate());
  for (const Ask& ask : {with_gate(), Ask(), the_usual(), Ask().set("OLLAMA_KEEP_ALIVE", "-1")}) {
    const auto outcome = world.configure(ask);
    EXPECT_THAT(outcome, ExitsWith(0));
    EXPECT_FALSE(outcome.report.changed);
  }
  world.configure(Ask().set("OLLAMA_NUM_PARALLEL", "2"));
  EXPECT_THAT(world.ours(), HasSubstr(kLine));
}

TEST(Gate, FollowsTheSelection) {
  World world;
  world.configured(with_gate());
  world.configure(Ask().gpus("0,2"));
  EXPECT_THAT(world.ours(), HasSubstr("wait --gpus=0,2 --timeout=60\n"));
  const auto outcome = world.configure(Ask().gpus("none"));
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(world.ours(), Not(HasSubstr("ExecStartPre")));
  EXPECT_THAT(text_of(outcome.report.plan), HasSubstr("no GPU is selected any more"));
}

TEST(Gate, AHandEditOfItIsKept) {
  World world;
  world.configured(with_gate());
  std::string edited = world.ours();
  edited.replace(edited.find("--gpus=0,1,2,3"), 14, "--gpus=0");
  edited.replace(edited.find("TimeoutStartSec=90s"), 19, "TimeoutStartSec=10min");
  world.files.put(kOurs, edited);
  world.systemd.load();
  EXPECT_THAT(world.configure(Ask()), ExitsWith(0));
  EXPECT_THAT(world.ours(), HasSubstr("wait --gpus=0 --timeout=60\n"));
  world.configure(Ask().set("OLLAMA_NUM_PARALLEL", "2"));
  EXPECT_THAT(world.ours(), HasSubstr("wait --gpus=0 --timeout=60\nTimeoutStartSec=600s\n"));
}

TEST(Gate, GoesWhenItIsDenied) {
  World world;
  world.configured(with_gate());
  const auto outcome = world.configure(without_gate());
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(world.ours(), Not(HasSubstr("ExecStartPre")));
  EXPECT_THAT(world.ours(), Not(HasSubstr("TimeoutStartSec")));
  EXPECT_THAT(text_of(outcome.report.plan), HasSubstr("withdraw"));
  EXPECT_THAT(world.systemd.state().exec_start_pre, IsEmpty());
  EXPECT_FALSE(outcome.report.restarted);
  EXPECT_FALSE(world.configure(without_gate()).report.changed);
}

TEST(Gate, GoesWithExactAndReset) {
  World world;
  world.configured(with_gate());
  world.configure(the_usual().exact());
  EXPECT_THAT(world.ours(), Not(HasSubstr("ExecStartPre")));
  world.configured(with_gate());
  EXPECT_THAT(world.reset(), ExitsWith(0));
  EXPECT_EQ(world.ours(), "(none)");
  EXPECT_THAT(world.systemd.state().exec_start_pre, IsEmpty());
}

TEST(Gate, IsRolledBack) {
  World world;
  world.configured(the_usual());
  const std::string before = world.ours();
  world.configured(with_gate(Ask()));
  const std::string after = world.ours();
  EXPECT_THAT(world.rollback(), ExitsWith(0));
  EXPECT_EQ(world.ours(), before);
  EXPECT_THAT(world.systemd.state().exec_start_pre, IsEmpty());
  EXPECT_THAT(world.rollback(), ExitsWith(0));
  EXPECT_EQ(world.ours(), after);
}

TEST(Gate, IsPutBackWithTheRest) {
  World world;
  world.configured(with_gate());
  const std::string before = world.ours();
  world.systemd.starts.push_back({Fate::crash_loops});
  Ask ask = with_gate(Ask().set("OLLAMA_NUM_PARALLEL", "9"), 300);
  EXPECT_THAT(world.configure(ask), ExitsWith(7));
  EXPECT_EQ(world.ours(), before);
  EXPECT_THAT(world.systemd.state().exec_start_pre, ElementsAre(Contains("--timeout=60")));
}

TEST(Gate, WithoutASelectionWaitsForWhatIsThere) {
  World world;
  EXPECT_THAT(world.configure(with_gate(Ask(), 5)), ExitsWith(0));
  EXPECT_THAT(world.ours(), HasSubstr("ExecStartPre=-/usr/bin/ollama-gpu wait --timeout=5\n"
                                      "TimeoutStartSec=90s\n"));
}

TEST(Gate, TakesTheIdsThatAnotherFileSets) {
  World world;
  world.files.put(kOverride, "[Service]\nEnvironment=CUDA_VISIBLE_DEVICES=1,2\n");
  world.systemd.boot();
  EXPECT_THAT(world.configure(with_gate(Ask())), ExitsWith(0));
  EXPECT_THAT(world.ours(), HasSubstr("wait --gpus=1,2 --timeout=60\n"));
}

TEST(Gate, LeavesTheUnitTheTimeThatItHas) {
  World world;
  world.files.put(kOverride, "[Service]\nTimeoutStartSec=5min\n");
  world.systemd.load();
  world.configure(with_gate());
  EXPECT_THAT(world.ours(), HasSubstr("TimeoutStartSec=300s\n"));
  world.files.put(kOverride, "[Service]\nTimeoutStartSec=infinity\n");
  world.configure(Ask());  // the unit's own time has grown
  EXPECT_THAT(world.ours(), HasSubstr("TimeoutStartSec=infinity\n"));
  EXPECT_EQ(world.systemd.state().timeout_start_usec, kNoLimit);
}

TEST(Gate, WithRequireGpuHasNoMinus) {
  World world;
  world.files.put("/usr/bin/ollama-gpu", "a program");
  Ask ask = with_gate();
  ask.options.request.gate->required = true;
  world.configured(ask);
  EXPECT_THAT(world.ours(), HasSubstr("ExecStartPre=/usr/bin/ollama-gpu wait"));
  EXPECT_FALSE(world.configure(Ask()).report.changed);
  world.configured(with_gate(Ask()));
  EXPECT_THAT(world.ours(), HasSubstr("ExecStartPre=-/usr/bin/ollama-gpu wait"));
}

TEST(Gate, IsRefusedBeforeAWriteWhereItCouldNotRun) {
  World world;
  world.host.program = "/root/ollama-gpu";
  const auto outcome = world.configure(with_gate());
  EXPECT_THAT(outcome, ExitsWith(6));
  EXPECT_THAT(world.calls.all(), IsEmpty());
  EXPECT_THAT(outcome.error->message, HasSubstr("/root/ollama-gpu"));

  world.host.program = "/usr/bin/ollama-gpu";
  world.files.put(kOverride, "[Service]\nRootDirectory=/srv/ollama\n");
  EXPECT_THAT(world.configure(with_gate()), ExitsWith(6));
  world.files.remove(kOverride);
  EXPECT_THAT(world.configure(with_gate(Ask().gpus("none"))), ExitsWith(2));
  EXPECT_THAT(world.calls.all(), IsEmpty());
}

TEST(Gate, OfAnImageIsTheProgramThere) {
  World world;
  world.no_systemd = true;
  world.options.root = "/mnt/image";
  const auto refused = world.configure(with_gate(Ask()));
  EXPECT_THAT(refused, ExitsWith(6));
  EXPECT_THAT(refused.error->hint, HasSubstr("install"));
  world.files.put("/usr/local/bin/ollama-gpu", "a program");
  world.host.program = "/root/ollama-gpu";  // what runs now does not matter
  EXPECT_THAT(world.configure(with_gate(Ask())), ExitsWith(0));
  EXPECT_THAT(world.ours(), HasSubstr("ExecStartPre=-/usr/local/bin/ollama-gpu wait --timeout=60"));
}

TEST(Gate, WhoseProgramIsGoneIsWarnedOf) {
  World world;
  world.files.put("/usr/bin/ollama-gpu", "a program");
  world.configured(with_gate());
  EXPECT_THAT(world.configure(Ask()).report.warnings, IsEmpty());
  world.files.remove("/usr/bin/ollama-gpu");
  const auto outcome = world.configure(Ask());
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.report.warnings, ElementsAre(HasSubstr("/usr/bin/ollama-gpu is gone")));
}

TEST(Gate, ThatIsRequiredAndGoneForbidsARestart) {
  World world;
  Ask ask = with_gate();
  ask.options.request.gate->required = true;
  world.files.put("/usr/bin/ollama-gpu", "a program");
  world.configured(ask);
  world.files.remove("/usr/bin/ollama-gpu");
  const auto outcome = world.configure(Ask().set("OLLAMA_NUM_PARALLEL", "2"));
  EXPECT_THAT(outcome, ExitsWith(6));
  EXPECT_THAT(outcome.error->message, HasSubstr("there is no /usr/bin/ollama-gpu"));
}

TEST(Gate, ThatSystemdDoesNotHaveIsLoaded) {
  World world;
  world.configured(with_gate());
  world.systemd.state().exec_start_pre.clear();
  const auto outcome = world.configure(Ask());
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(world.calls.all(), ElementsAre("reload"));
  world.systemd.state().timeout_start_usec = 60'000'000;
  EXPECT_THAT(world.configure(Ask()), ExitsWith(0));
  EXPECT_THAT(world.calls.all(), ElementsAre("reload", "reload"));
}

TEST(Gate, ThatWasTakenOutIsUnloaded) {
  World world;
  world.configured(with_gate());
  const auto gate = world.systemd.state().exec_start_pre;
  world.configured(without_gate());
  world.systemd.state().exec_start_pre = gate;
  EXPECT_THAT(world.configure(Ask()), ExitsWith(0));
  EXPECT_THAT(world.calls.all(), ElementsAre("reload"));
}

TEST(Gate, IsShown) {
  World world;
  world.configured(with_gate());
  auto now = world.context();
  const auto shown = app::show(now, {});
  ASSERT_TRUE(shown.report.gate);
  EXPECT_EQ(shown.report.gate->gate.gpus, "0,1,2,3");
  EXPECT_EQ(shown.report.gate->source.file, kOurs);
  const auto status = app::status(now);
  ASSERT_TRUE(status.report.unit.gate);
  EXPECT_EQ(status.report.unit.gate->gate.seconds, 60U);
}

}  // namespace
}  // namespace ollama_gpu
