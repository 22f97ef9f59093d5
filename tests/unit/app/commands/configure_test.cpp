// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/world.hpp"

namespace ollama_gpu {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const auto kWholeChange =
    ElementsAre("store pending", "write", "reload", "reset-failed", "restart");
const auto kAllOk = ElementsAre("file:ok", "manager:ok", "process:ok", "server:ok", "devices:ok");

TEST(Configure, CarriesOutAWholeChange) {
  World world;
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(world.calls.all(), kWholeChange);
  EXPECT_THAT(marks(outcome.report.evidence), kAllOk);
  EXPECT_TRUE(outcome.report.changed && outcome.report.applied && outcome.report.restarted);
  EXPECT_FALSE(outcome.report.rolled_back);
  EXPECT_EQ(outcome.report.generation, 1U);
  EXPECT_EQ(world.store.last_result(), "done");
  EXPECT_EQ(world.systemd.environment("CUDA_VISIBLE_DEVICES"), "0,1,2,3");
  EXPECT_EQ(world.systemd.environment("CUDA_DEVICE_ORDER"), "PCI_BUS_ID");
  EXPECT_EQ(world.systemd.environment("OLLAMA_SCHED_SPREAD"), "1");
  EXPECT_EQ(world.systemd.environment("OLLAMA_KEEP_ALIVE"), "-1");
  EXPECT_THAT(outcome.report.diff, HasSubstr("+++ " + std::string(kOurs)));
  EXPECT_FALSE(world.store.held);
}

TEST(Configure, DoesNothingTheSecondTime) {
  World world;
  world.configured(the_usual());
  const std::string before = world.ours();
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(world.calls.all(), IsEmpty());
  EXPECT_FALSE(outcome.report.changed);
  EXPECT_TRUE(outcome.report.applied);
  EXPECT_THAT(outcome.report.plan, IsEmpty());
  EXPECT_THAT(outcome.report.diff, IsEmpty());
  EXPECT_THAT(marks(outcome.report.evidence), kAllOk);
  EXPECT_EQ(world.ours(), before);
}

TEST(Configure, WithoutASettingIsNothingToDo) {
  World world;
  const auto outcome = world.configure(Ask());
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_FALSE(outcome.report.changed);
  EXPECT_THAT(world.calls.all(), IsEmpty());
  EXPECT_EQ(world.ours(), "(none)");
}

TEST(Configure, DoesOnlyTheMissingReload) {
  World world;
  world.configured(the_usual());
  const auto bytes = world.ours();
  world.files.remove(kOurs);
  world.systemd.load();
  world.files.put(kOurs, bytes);
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(world.calls.all(), ElementsAre("reload"));
  EXPECT_TRUE(outcome.report.changed);
  EXPECT_FALSE(outcome.report.restarted);
}

TEST(Configure, DoesOnlyTheMissingRestart) {
  World world;
  world.configured(the_usual());
  world.systemd.process()->environment["OLLAMA_KEEP_ALIVE"] = "5m";
  world.systemd.state().active_enter_usec = 1;  // long before
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(world.calls.all(), ElementsAre("reset-failed", "restart"));
  EXPECT_THAT(text_of(outcome.report.plan), HasSubstr("OLLAMA_KEEP_ALIVE"));
  EXPECT_EQ(world.systemd.environment("OLLAMA_KEEP_ALIVE"), "-1");
}

// What ExecStart= runs sets a variable again at every start: no second run restarts for that.
TEST(Configure, DoesNotRestartForWhatComesFromElsewhere) {
  World world;
  world.files.put("/etc/systemd/system/ollama.service.d/start.conf",
                  "[Service]\nExecStart=\n"
                  "ExecStart=/bin/sh -c 'export OLLAMA_KEEP_ALIVE=5m; exec ollama serve'\n");
  world.files.put("/bin/sh", "a program");
  world.systemd.load();
  world.clock.advance(1);
  world.calls.on("answer",
                 [&] { world.systemd.process()->environment["OLLAMA_KEEP_ALIVE"] = "5m"; });
  const auto first = world.configure(the_usual());
  EXPECT_THAT(first, ExitsWith(11));
  EXPECT_THAT(first.error->message, HasSubstr("ExecStart= itself sets it"));
  world.systemd.process()->environment["OLLAMA_KEEP_ALIVE"] = "5m";
  world.clock.advance(3600);
  world.systemd.load();  // somebody else's reload
  world.calls.clear();
  for (int i = 0; i < 2; ++i) {
    const auto again = world.configure(the_usual());
    EXPECT_THAT(again, ExitsWith(11));
    EXPECT_THAT(again.error->message, HasSubstr("OLLAMA_KEEP_ALIVE has another value"));
  }
  EXPECT_THAT(world.calls.all(), IsEmpty());
  Ask check = the_usual();
  check.options.change.check = true;
  EXPECT_THAT(world.configure(check), ExitsWith(11));
  // A file that has changed since may bring it.
  world.files.put(kOverride, "[Service]\nEnvironment=A=1\n");
  world.systemd.load();
  world.configure(the_usual());
  EXPECT_THAT(world.calls.all(), Contains("restart"));
}

TEST(Configure, RestoresAFileThatWasRemovedByHand) {
  World world;
  world.configured(the_usual());
  world.files.remove(kOurs);
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(world.calls.all(), ElementsAre("store pending", "write", "reload"));
}

TEST(Configure, RestoresTheFilesMode) {
  World world;
  world.configured(the_usual());
  world.files.put(kOurs, world.ours(), 0600);
  EXPECT_THAT(world.configure(the_usual()), ExitsWith(0));
  EXPECT_THAT(world.calls.all(), ElementsAre("store pending", "write", "reload"));
  EXPECT_EQ(world.files.status(kOurs)->mode, 0644U);
}

TEST(Configure, MergesAHandEditAndKeepsItAsAGeneration) {
  World world;
  world.configured(the_usual());
  const std::string edited = world.ours() + "Environment=OLLAMA_DEBUG=1\nLimitNOFILE=65536\n";
  world.files.put(kOurs, edited);
  const auto outcome = world.configure(Ask().set("OLLAMA_NUM_PARALLEL", "2"));
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(world.calls.all(), ElementsAre("store adopted", "store pending", "write", "reload",
                                             "reset-failed", "restart"));
  ASSERT_EQ(world.store.generations.size(), 3U);
  EXPECT_EQ(world.store.generations[1].files.front().written->bytes, edited);
  EXPECT_THAT(text_of(outcome.report.plan), HasSubstr("adopt " + std::string(kOurs)));
  EXPECT_THAT(world.ours(), HasSubstr("LimitNOFILE=65536"));
  EXPECT_EQ(world.systemd.environment("OLLAMA_DEBUG"), "1");
  EXPECT_EQ(world.systemd.environment("OLLAMA_NUM_PARALLEL"), "2");
  EXPECT_EQ(world.systemd.environment("OLLAMA_KEEP_ALIVE"), "-1");
}

TEST(Configure, WithdrawsWhatASelectionNoLongerNeeds) {
  World world;
  world.configured(Ask().gpus("0,1"));
  EXPECT_EQ(world.systemd.environment("OLLAMA_VULKAN"), "0");
  const auto outcome = world.configure(Ask().gpus("all"));
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(text_of(outcome.report.plan), HasSubstr("withdraw"));
  EXPECT_EQ(world.systemd.environment("OLLAMA_VULKAN"), "(none)");
  EXPECT_EQ(world.systemd.environment("CUDA_VISIBLE_DEVICES"), "0,1,2,3");
}

TEST(Configure, ExactLeavesOnlyWhatIsNamed) {
  World world;
  world.configured(the_usual());
  EXPECT_THAT(world.configure(Ask().set("OLLAMA_NUM_PARALLEL", "2").exact()), ExitsWith(0));
  EXPECT_THAT(world.ours(), Not(HasSubstr("KEEP_ALIVE")));
  EXPECT_EQ(world.systemd.environment("OLLAMA_KEEP_ALIVE"), "(none)");
  EXPECT_EQ(world.systemd.environment("OLLAMA_NUM_PARALLEL"), "2");
}

TEST(Configure, SwitchesOffWhatAnotherFileSets) {
  World world;
  world.files.put(kOverride, "[Service]\nEnvironment=OLLAMA_SCHED_SPREAD=1\n");
  world.systemd.boot();
  const auto outcome = world.configure(Ask().off("OLLAMA_SCHED_SPREAD", "0"));
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_EQ(world.systemd.environment("OLLAMA_SCHED_SPREAD"), "0");
  EXPECT_THAT(text_of(outcome.report.plan), HasSubstr(kOverride));
}

TEST(Configure, UnsetsWhatAnotherFileSets) {
  World world;
  world.files.put(kOverride, "[Service]\nEnvironment=OLLAMA_DEBUG=1\n");
  world.systemd.boot();
  EXPECT_THAT(world.configure(Ask().unset("OLLAMA_DEBUG")), ExitsWith(0));
  EXPECT_THAT(world.ours(), HasSubstr("UnsetEnvironment=OLLAMA_DEBUG"));
  EXPECT_EQ(world.systemd.environment("OLLAMA_DEBUG"), "(none)");
}

TEST(Configure, NamesOtherPeoplesPendingEdits) {
  World world;
  world.files.put(kOverride, "[Service]\nEnvironment=OLLAMA_DEBUG=1\n");
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(text_of(outcome.report.plan), HasSubstr("makes it live"));
  EXPECT_THAT(text_of(outcome.report.plan), HasSubstr(kOverride));
}

TEST(Configure, NamesUnitsThatRestartAlong) {
  World world;
  world.systemd.state().required_by = {"webui.service", "idle.service"};
  world.systemd.state().bound_by = {"webui.service"};
  world.systemd.other_units = {{"webui.service", "active"}, {"idle.service", "inactive"}};
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(text_of(outcome.report.plan), HasSubstr("restart webui.service"));
  EXPECT_THAT(text_of(outcome.report.plan), Not(HasSubstr("idle.service")));
}

TEST(Configure, ReadsTheProcessOnlyOnceItIsTheServicesOwn) {
  World world;
  world.calls.on("restart", [&] { world.processes.reads_before_exec = 7; });
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(marks(outcome.report.evidence), kAllOk);
}

TEST(Configure, GoesOnWhereTheGenerationCannotBeKept) {
  World world;
  world.store.store_fails = Error{Errc::failed, "no space left"};
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_FALSE(outcome.report.generation);
  EXPECT_THAT(world.messages.text(), HasSubstr("cannot be undone later"));
}

TEST(Configure, WritesTheNewAddressAndAsksThere) {
  World world;
  const auto outcome = world.configure(Ask().set("OLLAMA_HOST", "0.0.0.0:8080"));
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(marks(outcome.report.evidence), Each(HasSubstr(":ok")));
}

TEST(Configure, StartsFromTheTemplatesSettings) {
  World world;
  const std::string unit = installed_unit();
  world.files.put("/etc/systemd/system/ollama@.service", unit);
  world.files.put("/etc/systemd/system/ollama@.service.d/zz-ollama-gpu.conf",
                  "[Service]\nEnvironment=OLLAMA_NUM_PARALLEL=2\n");
  world.options.unit = "ollama@gpu0";
  world.no_systemd = true;
  const auto outcome = world.configure(Ask().set("OLLAMA_KEEP_ALIVE", "24h"));
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(world.store.locks, ElementsAre("ollama@gpu0.service"));
  const std::string bytes =
      world.files.bytes("/etc/systemd/system/ollama@gpu0.service.d/zz-ollama-gpu.conf");
  EXPECT_THAT(bytes, HasSubstr("OLLAMA_NUM_PARALLEL=2"));
  EXPECT_THAT(bytes, HasSubstr("OLLAMA_KEEP_ALIVE=24h"));
}

TEST(Configure, MeetsTheSameFileThroughAnAlias) {
  World world;
  world.files.link("/etc/systemd/system/llm.service", kFragment);
  world.options.unit = "llm";
  EXPECT_THAT(world.configure(the_usual()), ExitsWith(0));
  EXPECT_THAT(world.store.locks, ElementsAre("ollama.service"));
  EXPECT_NE(world.ours(), "(none)");
}

TEST(Configure, SaysWhatIsAssumedWhereSystemdDoesNotTell) {
  World world;
  world.systemd.version_fails = Error{Errc::failed, "connection lost"};
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.report.warnings,
              Contains(AllOf(HasSubstr("version 252"), HasSubstr("connection lost"))));
  EXPECT_THAT(world.messages.text(), HasSubstr("connection lost"));
}

}  // namespace
}  // namespace ollama_gpu
