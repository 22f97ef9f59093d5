// SPDX-License-Identifier: MIT
// Evidence level `memory`: verify --load.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "app/proof/memory_evidence.hpp"
#include "app/world.hpp"
#include "ollama_gpu/app/observe.hpp"

namespace ollama_gpu {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30U;

// A machine on which loading a model fills the GPUs as told.
class Memory : public testing::Test {
 protected:
  Memory() {
    world_.configured(the_usual());
    world_.ollama.models_on_disk = {{"big:70b", 40 * kGiB}, {"small:latest", kGiB}};
    fill_on_load({10 * kGiB, 10 * kGiB, 10 * kGiB, 10 * kGiB});
  }

  void fill_on_load(std::vector<std::uint64_t> bytes) {
    world_.ollama.on_load = [this, bytes] { fill(bytes); };
  }

  void fill(const std::vector<std::uint64_t>& bytes) {
    const int runner = static_cast<int>(world_.systemd.process()->pid) + 1;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      auto& processes = world_.gpus.inventory.gpus[i].processes;
      processes = {{9, 5 * kGiB}};  // somebody else's
      if (bytes[i] > 0) processes.push_back({runner, bytes[i]});
    }
  }

  app::Outcome<app::VerifyReport> verify(const std::string& model, bool force = false) {
    auto context = world_.context();
    return app::verify(context, {model, force});
  }

  static const Evidence& memory_of(const app::Outcome<app::VerifyReport>& outcome) {
    return outcome.report.evidence.back();
  }

  World world_;
};

TEST_F(Memory, HoldsWhereEverySelectedGpuHasItsShare) {
  const auto outcome = verify("big:70b");
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(marks(outcome.report.evidence), Contains("memory:ok"));
  ASSERT_TRUE(outcome.report.load);
  const app::LoadReport& load = *outcome.report.load;
  EXPECT_EQ(load.gpus.size(), 4U);
  EXPECT_EQ(load.gpus[3].before, 0U);
  EXPECT_EQ(load.gpus[3].after, 10 * kGiB);  // without what the other one holds
  EXPECT_DOUBLE_EQ(load.largest_to_mean.value_or(0), 1.0);
  EXPECT_TRUE(load.spread);
  EXPECT_TRUE(load.unloaded);
  EXPECT_THAT(world_.calls.all(), ElementsAre("load big:70b", "unload big:70b"));
  EXPECT_THAT(world_.messages.text(), HasSubstr("loading big:70b"));
}

TEST_F(Memory, SaysHowFarItIsToThoseWhoWatch) {
  fill({kGiB, kGiB, 0, 0});  // part of it has come already
  verify("big:70b");
  EXPECT_THAT(world_.messages.text(), Not(HasSubstr("on the GPUs)")));
  world_.messages.watched = true;
  fill({kGiB, kGiB, 0, 0});
  verify("big:70b");
  EXPECT_THAT(world_.messages.text(), HasSubstr("loading big:70b (2.0 GiB on the GPUs)"));
}

TEST_F(Memory, FailsWhereASelectedGpuHasNothing) {
  fill_on_load({20 * kGiB, 20 * kGiB, 0, 0});
  const auto outcome = verify("big:70b");
  EXPECT_THAT(outcome, ExitsWith(11));
  EXPECT_THAT(memory_of(outcome).detail, HasSubstr("nothing on GPU 2, GPU 3"));
  EXPECT_DOUBLE_EQ(outcome.report.load->largest_to_mean.value_or(0), 2.0);
  EXPECT_THAT(world_.calls.all(), Contains("unload big:70b"));
}

TEST_F(Memory, OneGpuIsEnoughWithoutSpread) {
  world_.configured(Ask().gpus("all").set("OLLAMA_SCHED_SPREAD", "0"));
  fill_on_load({0, 40 * kGiB, 0, 0});
  EXPECT_THAT(verify("big:70b"), ExitsWith(0));
}

TEST_F(Memory, FailsOnAGpuThatIsNotSelected) {
  world_.configured(Ask().gpus("0,1"));
  const auto outcome = verify("big:70b");
  EXPECT_THAT(outcome, ExitsWith(11));
  EXPECT_THAT(memory_of(outcome).detail, HasSubstr("not selected: GPU 2 10.0 GiB, GPU 3"));
}

TEST_F(Memory, AnUnevenSplitIsAWarning) {
  fill_on_load({34 * kGiB, 2 * kGiB, 2 * kGiB, 2 * kGiB});
  const auto outcome = verify("big:70b");
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.report.warnings, Contains(HasSubstr("3.40 times the mean")));
}

TEST_F(Memory, WhatTheDriverDoesNotShowIsNotTakenForOk) {
  fill_on_load({});
  const auto outcome = verify("big:70b");
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_EQ(memory_of(outcome).status, EvidenceStatus::skipped);
  EXPECT_THAT(memory_of(outcome).detail, HasSubstr("no process of this service"));
}

TEST_F(Memory, AnotherVendorsGpuNeedsNoShare) {
  Gpu amd;
  amd.vendor = Vendor::amd;
  amd.index = 0;
  world_.gpus.inventory.gpus.push_back(amd);
  EXPECT_THAT(verify("big:70b"), ExitsWith(0));
}

TEST_F(Memory, ANameWithoutATagMeansLatest) {
  EXPECT_EQ(verify("small").report.load->model, "small:latest");
}

TEST_F(Memory, AModelOfTheCloudHasNoGpu) {
  world_.ollama.models_on_disk.push_back({"far:120b-cloud", 384, "https://ollama.com:443"});
  const auto outcome = verify("far:120b-cloud");
  EXPECT_THAT(outcome, ExitsWith(2));
  EXPECT_THAT(outcome.error->message, HasSubstr("it runs at https://ollama.com:443"));
  EXPECT_THAT(world_.calls.all(), IsEmpty());
}

TEST_F(Memory, AModelThatIsNotThereListsThoseThatAre) {
  const auto outcome = verify("big:7b");
  EXPECT_THAT(outcome, ExitsWith(5));
  EXPECT_THAT(outcome.error->hint, HasSubstr("did you mean big:70b? installed: big:70b, small"));
  EXPECT_THAT(world_.calls.all(), IsEmpty());
}

TEST_F(Memory, AModelWithoutItsSizeIsLikelierThanAnotherModel) {
  EXPECT_THAT(verify("big").error->hint, HasSubstr("did you mean big:70b?"));
}

TEST_F(Memory, AModelThatIsLoadedIsOnlyLookedAt) {
  world_.ollama.models = {{"big:70b", 40 * kGiB, 40 * kGiB}, {"other:1b", kGiB, kGiB}};
  fill({10 * kGiB, 10 * kGiB, 10 * kGiB, 10 * kGiB});
  const auto outcome = verify("big:70b");
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_TRUE(outcome.report.load->was_loaded);
  EXPECT_FALSE(outcome.report.load->unloaded);
  EXPECT_THAT(world_.calls.all(), IsEmpty());
}

TEST_F(Memory, OthersAreNotPushedOut) {
  world_.ollama.models = {{"other:1b", kGiB, kGiB}};
  const auto outcome = verify("big:70b");
  EXPECT_THAT(outcome, ExitsWith(9));
  EXPECT_THAT(outcome.error->message, HasSubstr("other:1b"));
  EXPECT_THAT(world_.calls.all(), IsEmpty());
  EXPECT_THAT(verify("big:70b", true), ExitsWith(0));
}

TEST_F(Memory, WhatWasPushedOutIsSaid) {
  world_.ollama.models = {{"other:1b", kGiB, kGiB}};
  world_.ollama.on_load = [this] {
    fill({10 * kGiB, 10 * kGiB, 10 * kGiB, 10 * kGiB});
    world_.ollama.models = {{"big:70b", 40 * kGiB, 40 * kGiB}};
  };
  EXPECT_THAT(verify("big:70b", true).report.warnings, Contains(HasSubstr("other:1b was pushed")));
}

TEST_F(Memory, APartOnTheCpuIsAWarning) {
  world_.ollama.on_load = [this] {
    fill({10 * kGiB, 10 * kGiB, 5 * kGiB, 5 * kGiB});
    world_.ollama.models = {{"big:70b", 40 * kGiB, 30 * kGiB}};
  };
  EXPECT_THAT(verify("big:70b").report.warnings, Contains(HasSubstr("10.0 GiB of big:70b lie")));
}

TEST_F(Memory, AKeepAliveOfZeroLeavesTimeToLook) {
  world_.configured(Ask().set("OLLAMA_KEEP_ALIVE", "0"));
  EXPECT_THAT(verify("big:70b"), ExitsWith(0));
  EXPECT_THAT(world_.calls.all(), ElementsAre("load big:70b 60", "unload big:70b"));
}

TEST_F(Memory, ALoadThatFailsIsSaidInOllamasWords) {
  world_.ollama.load_fails.emplace("big:70b", Error{Errc::failed, "out of memory"});
  const auto outcome = verify("big:70b");
  EXPECT_THAT(outcome, ExitsWith(11));
  EXPECT_THAT(memory_of(outcome).detail, HasSubstr("out of memory"));
}

TEST_F(Memory, AFullQueueIsBusy) {
  world_.ollama.load_fails.emplace("big:70b", Error{Errc::busy, "server busy"});
  EXPECT_THAT(verify("big:70b"), ExitsWith(9));
}

TEST_F(Memory, ASignalEndsTheLoading) {
  world_.ollama.load_ticks = 1;
  world_.clock.raise(SIGINT);
  const auto outcome = verify("big:70b");
  EXPECT_THAT(outcome, ExitsWith(130));
  EXPECT_FALSE(outcome.report.load);
}

TEST_F(Memory, NothingIsLoadedWhereOllamaIsDown) {
  world_.systemd.halt();
  const auto outcome = verify("big:70b");
  EXPECT_THAT(outcome, ExitsWith(11));
  EXPECT_EQ(memory_of(outcome).status, EvidenceStatus::skipped);
  EXPECT_THAT(world_.calls.all(), Not(Contains("load big:70b")));
}

TEST_F(Memory, SplitModeTensorGivesEveryGpuTheSame) {
  world_.configured(Ask().set("LLAMA_ARG_SPLIT_MODE", "tensor"));
  fill_on_load({100 * kGiB, 96 * kGiB, 97 * kGiB, 98 * kGiB});
  EXPECT_THAT(verify("big:70b"), ExitsWith(0));
  fill({0, 0, 0, 0});
  fill_on_load({100 * kGiB, 94 * kGiB, 97 * kGiB, 98 * kGiB});
  const auto outcome = verify("big:70b");
  EXPECT_THAT(outcome, ExitsWith(11));
  EXPECT_THAT(memory_of(outcome).detail, HasSubstr("should hold the same"));
  world_.configured(Ask().set("LLAMA_ARG_TENSOR_SPLIT", "3,1,1,1"));
  EXPECT_THAT(verify("big:70b"), ExitsWith(0));
}

// Seen with llama-server on an H200: its last thread gives 43 GB back while the process is in no
// control group's list any more, and for nvidia-smi still holds them.
TEST_F(Memory, AProcessThatIsEndingHoldsItsMemoryStill) {
  constexpr int kEnding = 4242;
  const std::string group = world_.systemd.state().control_group;
  auto& processes = world_.gpus.inventory.gpus[0].processes;
  processes = {{kEnding, 40 * kGiB}};
  auto context = world_.context();
  EXPECT_EQ(app::memory_held(context, world_.gpus.inventory, group)[0], 0U);
  for (const std::string& below : {group, group + "/runner"}) {
    world_.processes.ending = {{kEnding, below}};
    EXPECT_EQ(app::memory_held(context, world_.gpus.inventory, group)[0], 40 * kGiB) << below;
  }
  const auto status = app::status(context);
  EXPECT_EQ(status.report.gpus[0].held_by_ollama, 40 * kGiB);
  world_.processes.ending = {{kEnding, group + "-other"}};
  EXPECT_EQ(app::memory_held(context, world_.gpus.inventory, group)[0], 0U);
}

app::LoadReport loaded(std::uint64_t said_gib, const std::vector<std::uint64_t>& held_gib) {
  app::LoadReport load;
  load.model = "m";
  load.size = load.size_vram = said_gib * kGiB;
  for (const std::uint64_t held : held_gib) {
    app::GpuLoad& entry = load.gpus.emplace_back();
    entry.selected = true;
    entry.after = held * kGiB;
  }
  return load;
}

// Seen on two H200 in split mode tensor: /api/ps said 23.4 GiB, the cards held 52.
TEST(MemoryWarnings, SayWhereOllamaAndTheGpusDisagree) {
  EXPECT_THAT(
      app::memory_warnings(loaded(23, {26, 26})),
      ElementsAre(HasSubstr("Ollama reckons with 23.0 GiB on the GPUs (ollama ps), the GPUs "
                            "hold 52.0 GiB")));
  EXPECT_THAT(app::memory_warnings(loaded(52, {12, 11})), testing::SizeIs(1));
  EXPECT_THAT(app::memory_warnings(loaded(40, {21, 21})), IsEmpty());
  EXPECT_THAT(app::memory_warnings(loaded(5, {4, 4})), IsEmpty());  // CUDA's own part
  app::LoadReport before = loaded(23, {26, 26});
  before.was_loaded = true;  // others' memory is in the figures
  EXPECT_THAT(app::memory_warnings(before), IsEmpty());
}

}  // namespace
}  // namespace ollama_gpu
