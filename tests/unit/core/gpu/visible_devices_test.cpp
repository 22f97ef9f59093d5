// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "ollama_gpu/core/gpu/selection_variables.hpp"
#include "ollama_gpu/core/gpu/selector.hpp"
#include "ollama_gpu/core/gpu/visible_devices.hpp"

namespace ollama_gpu {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Inventory three() {
  Inventory inventory;
  for (const char* uuid : {"GPU-aaaa1111", "GPU-aaaa2222", "GPU-bbbb3333"}) {
    Gpu gpu;
    gpu.index = static_cast<unsigned>(inventory.gpus.size());
    gpu.uuid = uuid;
    inventory.gpus.push_back(gpu);
  }
  return inventory;
}

std::vector<std::size_t> visible(const std::optional<std::string>& list,
                                 const Inventory& inventory = three()) {
  std::vector<std::size_t> gpus;
  for (const SelectedDevice& device : visible_devices(list, inventory)) gpus.push_back(device.gpu);
  return gpus;
}

TEST(VisibleDevices, AreAllWhenUnsetAndNoneWhenEmpty) {
  EXPECT_THAT(visible(std::nullopt), ElementsAre(0, 1, 2));
  EXPECT_THAT(visible(""), IsEmpty());
  EXPECT_THAT(visible("-1"), IsEmpty());
  EXPECT_THAT(visible("NoDevFiles"), IsEmpty());
}

TEST(AbsentDevice, IsTheFirstThatIsNotHere) {
  const std::pair<const char*, const char*> cases[] = {{"0,1,2", ""},
                                                       {"0,3", "3"},
                                                       {"5,0", "5"},
                                                       {"0,x,1", "x"},
                                                       {"-1", ""},
                                                       {"", ""},
                                                       {"0,-1,9", ""},
                                                       {"NoDevFiles", ""},
                                                       {"GPU-bbbb", ""},
                                                       {"GPU-cccc", "GPU-cccc"},
                                                       {"GPU-bbbb,GPU-dddd", "GPU-dddd"},
                                                       {"GPU-aaaa", "GPU-aaaa"},  // two fit
                                                       {"0,GPU-bbbb", "GPU-bbbb"}};
  for (const auto& [list, absent] : cases) EXPECT_EQ(absent_device(list, three()), absent) << list;
  Inventory mig = three();
  mig.gpus[0].mig_enabled = true;
  EXPECT_EQ(absent_device("9", mig), "");
}

TEST(VisibleDevices, EndAtTheFirstInvalidEntry) {
  EXPECT_THAT(visible("0,2,-1,1"), ElementsAre(0, 2));
  EXPECT_THAT(visible("1,9,0"), ElementsAre(1));
  EXPECT_THAT(visible("0,x,1"), ElementsAre(0));
  EXPECT_THAT(visible("0,,1"), ElementsAre(0));
  EXPECT_THAT(visible("0,"), ElementsAre(0));
  EXPECT_THAT(visible("bbbb3333"), IsEmpty());
}

// What one H200 with driver 580.159.04 showed to a CUDA program (docs/hardware.md).
TEST(VisibleDevices, ReadNumbersAsFarAsTheyGo) {
  for (const char* list : {"0", "00", "+0", "-0", " 0", "\t0", "0 ", "0x", "0x1", "0;1", "0.5",
                           "0/0", "0:0", "00000000:41:00.0", "4294967296",
                           "0\xEF\xBC\x8C"
                           "1"}) {
    EXPECT_THAT(visible(list), ElementsAre(0)) << list;
  }
  EXPECT_THAT(visible("0, 1 ,2x"), ElementsAre(0, 1, 2));
  for (const char* list : {"x0", " ", ",", ",0", "-1,0", "+-0", "4294967295",
                           "18446744073709551616", "none", "all", "'0'", "GPU", "MIG-"}) {
    EXPECT_THAT(visible(list), IsEmpty()) << list;
  }
}

TEST(VisibleDevices, AreNoneWhenOneStandsThereTwice) {
  for (const char* list : {"0,0", "0 ,0", "0,1,0", "1,1,2", "GPU-b,GPU-b", "GPU-b,GPU-bbbb3333"}) {
    EXPECT_THAT(visible(list), IsEmpty()) << list;
  }
  EXPECT_THAT(visible("0,9,0"), ElementsAre(0));
}

TEST(VisibleDevices, AreIndicesOrUuidsAsTheFirstIs) {
  EXPECT_THAT(visible("0,GPU-b"), ElementsAre(0));
  EXPECT_THAT(visible("GPU-b,0"), ElementsAre(2));
}

TEST(VisibleDevices, CompareTheDigitsOfUuids) {
  for (const char* list : {"GPU-B", "GPU-BBBB3333", "GPU-bbbb-3333", "GPU--bbbb3333"}) {
    EXPECT_THAT(visible(list), ElementsAre(2)) << list;
  }
  for (const char* list : {"GPU-", "gpu-bbbb3333", " GPU-bbbb3333", "GPU- ,0", "MIG-bbbb3333",
                           "GPU-bbbb3333x", "GPU-bbbb3333 "}) {
    EXPECT_THAT(visible(list), IsEmpty()) << list;
  }
}

TEST(VisibleDevices, IgnoreWhatFollowsAWholeUuid) {
  Inventory inventory = three();
  const std::string uuid = "GPU-66e52c0d-fcb1-c2dd-5d5f-54a2badf7713";
  inventory.gpus[2].uuid = uuid;
  for (const char* more : {"", "x", "0", " ", " x", "/0", " ,0"}) {
    EXPECT_THAT(visible(uuid + more, inventory), ElementsAre(2)) << more;
  }
  EXPECT_THAT(visible("GPU-66e52c0dfcb1", inventory), ElementsAre(2));
}

TEST(VisibleDevices, KeepTheOrderOfTheList) {
  EXPECT_THAT(visible("2,0"), ElementsAre(2, 0));
  EXPECT_THAT(visible("GPU-b,GPU-aaaa2"), ElementsAre(2, 1));
  EXPECT_THAT(visible("GPU-aaaa,GPU-b"), IsEmpty());  // fits two
}

TEST(VisibleDevices, GoByPciAddressWithoutIndices) {
  Inventory inventory = three();
  const char* const addresses[] = {"0000:41:00.0", "0000:01:00.0", "0000:21:00.0"};
  for (std::size_t i = 0; i < 3; ++i) {
    inventory.gpus[i].index.reset();
    inventory.gpus[i].pci = addresses[i];
  }
  EXPECT_THAT(visible("0,1", inventory), ElementsAre(1, 2));
  EXPECT_THAT(visible(std::nullopt, inventory), ElementsAre(1, 2, 0));
}

TEST(VisibleDevices, AreOneMigInstanceAtMost) {
  Inventory inventory = three();
  inventory.gpus[1].mig_enabled = true;
  inventory.gpus[1].mig = {{"MIG-1"}, {"MIG-2"}};
  const std::vector<SelectedDevice> listed = visible_devices("GPU-aaaa1111,MIG-2,MIG-1", inventory);
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0].gpu, 1U);
  EXPECT_EQ(listed[0].mig, 1U);
  EXPECT_THAT(visible("0,2", inventory), ElementsAre(0, 2));
  EXPECT_EQ(visible_devices(std::nullopt, inventory).size(), 1U);
}

TEST(VisibleDevices, KeepVendorsApart) {
  Inventory inventory = three();
  Gpu amd;
  amd.vendor = Vendor::amd;
  amd.uuid = "GPU-deadbeefdeadbeef";
  inventory.gpus.push_back(amd);
  EXPECT_THAT(visible(std::nullopt, inventory), ElementsAre(0, 1, 2));
  ASSERT_EQ(visible_amd_devices(std::nullopt, inventory).size(), 1U);
  EXPECT_EQ(visible_amd_devices("0", inventory)[0].gpu, 3U);
  EXPECT_EQ(visible_amd_devices("GPU-deadbeefdeadbeef", inventory)[0].gpu, 3U);
  EXPECT_THAT(visible_amd_devices("-1", inventory), IsEmpty());
}

// What a selection writes is what CUDA then shows.
TEST(VisibleDevices, AreWhatASelectionChose) {
  std::minstd_rand random(11);
  const Inventory inventory = three();
  for (int i = 0; i < 2'000; ++i) {
    std::string text;
    for (auto terms = 1 + random() % 3U; terms > 0; --terms) {
      text += (text.empty() ? "" : ",") + std::to_string(random() % 3U);
    }
    const Result<Selector> selector = parse_selector(text);
    const Result<Selection> selection = resolve_selector(*selector, inventory);
    for (const GpuIds ids : {GpuIds::automatic, GpuIds::index, GpuIds::uuid}) {
      const auto variables = selection_variables(*selector, *selection, inventory, ids);
      ASSERT_TRUE(variables) << text;
      std::vector<std::size_t> chosen;
      for (const SelectedDevice& device : selection->devices) chosen.push_back(device.gpu);
      EXPECT_EQ(visible(variables->front().value), chosen) << text;
    }
  }
}

}  // namespace
}  // namespace ollama_gpu
