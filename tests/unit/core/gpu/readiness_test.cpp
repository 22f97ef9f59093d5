// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/gpu/readiness.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ollama_gpu {
namespace {

using testing::HasSubstr;

Gpu nvidia(unsigned index) {
  Gpu gpu;
  gpu.index = index;
  gpu.uuid = "GPU-" + std::to_string(index);
  return gpu;
}

Inventory two() {
  Inventory inventory;
  inventory.gpus = {nvidia(0), nvidia(1)};
  inventory.source = "NVML";
  return inventory;
}

Readiness judge(const char* selector, const Inventory& inventory,
                const std::vector<std::string>& obstacles = {}) {
  auto judged = judge_readiness(*parse_selector(selector), inventory, obstacles);
  if (!judged) ADD_FAILURE() << judged.error().message;
  return judged ? *judged : Readiness{};
}

TEST(Readiness, HoldsWhereEveryGpuAnswers) {
  const Readiness all = judge("all", two());
  EXPECT_TRUE(all.ready);
  EXPECT_EQ(all.reason, "");
  EXPECT_EQ(all.devices.size(), 2U);
  EXPECT_EQ(judge("1", two()).devices.size(), 1U);
}

TEST(Readiness, WaitsForTheLastOne) {
  const Readiness judged = judge("0,1,2", two());
  EXPECT_FALSE(judged.ready);
  EXPECT_THAT(judged.reason, HasSubstr("GPU 2"));
}

TEST(Readiness, WithoutAGpuThereIsNothingToUse) {
  Inventory none;
  none.problem = "NVML: Driver Not Loaded";
  none.fault = GpuFault::driver_not_loaded;
  const Readiness judged = judge("all", none);
  EXPECT_FALSE(judged.ready);
  EXPECT_THAT(judged.reason, HasSubstr("Driver Not Loaded"));
}

// The kernel knows them, NVML does not answer yet.
TEST(Readiness, NvmlHasToAnswer) {
  Inventory inventory = two();
  inventory.fault = GpuFault::driver_not_loaded;
  inventory.problem = "NVML: Unknown Error";
  for (const char* selector : {"all", "0", "GPU-1"}) {
    const Readiness judged = judge(selector, inventory);
    EXPECT_FALSE(judged.ready) << selector;
    EXPECT_THAT(judged.reason, HasSubstr("Unknown Error")) << selector;
  }
}

TEST(Readiness, AGpuInTroubleIsNamed) {
  Inventory inventory = two();
  inventory.gpus[1].fault = GpuFault::lost;
  inventory.gpus[1].problem = "GPU is lost";
  EXPECT_TRUE(judge("0", inventory).ready);
  EXPECT_THAT(judge("all", inventory).reason, HasSubstr("GPU 1 (GPU-1): GPU is lost"));
}

TEST(Readiness, ADeviceFileThatIsMissingIsNamed) {
  EXPECT_TRUE(judge("0", two(), {"", "no node"}).ready);
  const Readiness judged = judge("all", two(), {"", "no node"});
  EXPECT_FALSE(judged.ready);
  EXPECT_THAT(judged.reason, HasSubstr("GPU 1 (GPU-1): no node"));
}

// An integrated GPU alone does not mean that NVIDIA's are there.
TEST(Readiness, ADriverInTroubleIsWaitedForWithoutIds) {
  Inventory inventory;
  Gpu intel;
  intel.vendor = Vendor::intel;
  intel.pci = "0000:00:02.0";
  inventory.gpus = {intel};
  inventory.fault = GpuFault::driver_not_loaded;
  inventory.problem = "2 NVIDIA GPUs on the PCI bus, but NVIDIA's driver is not loaded";
  EXPECT_EQ(judge("all", inventory).reason, inventory.problem);
  EXPECT_TRUE(judge("0000:00:02.0", inventory).ready);
}

TEST(Readiness, ASelectorWithoutAnAnswerEverIsAnError) {
  Inventory inventory = two();
  inventory.gpus[0].uuid = "GPU-aa1";
  inventory.gpus[1].uuid = "GPU-aa2";
  const auto judged = judge_readiness(*parse_selector("GPU-aa"), inventory, {});
  ASSERT_FALSE(judged);
  EXPECT_EQ(judged.error().code, Errc::usage);
}

}  // namespace
}  // namespace ollama_gpu
