// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ollama_gpu/core/gpu/selection_variables.hpp"
#include "ollama_gpu/core/gpu/selector.hpp"

namespace ollama_gpu {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Lines = std::vector<std::string>;

const char* const kUuids[] = {
    "GPU-58a8f5d2-1111-2222-3333-444455556660", "GPU-58a8aaaa-1111-2222-3333-444455556661",
    "GPU-7c000000-1111-2222-3333-444455556662", "GPU-9d000000-1111-2222-3333-444455556663"};

Inventory nvidia(unsigned count) {
  Inventory inventory;
  for (unsigned i = 0; i < count; ++i) {
    Gpu gpu;
    gpu.index = i;
    gpu.uuid = kUuids[i];
    inventory.gpus.push_back(gpu);
  }
  return inventory;
}

Gpu other(Vendor vendor, const std::string& uuid = {}) {
  Gpu gpu;
  gpu.vendor = vendor;
  gpu.uuid = uuid;
  gpu.pci = "0000:c1:00.0";
  if (vendor == Vendor::amd) gpu.compute_capability = "gfx90a";
  return gpu;
}

// "NAME=VALUE", with a + behind what is added on the user's behalf.
Lines lines_of(const Result<SelectionVariables>& variables) {
  if (!variables) return {"error: " + variables.error().message};
  Lines lines;
  for (const SelectionVariable& variable : *variables) {
    EXPECT_FALSE(variable.reason.empty()) << variable.name;
    lines.push_back(variable.name + "=" + variable.value + (variable.on_behalf ? " +" : ""));
    const std::vector<std::string>& names = selection_variable_names();
    EXPECT_THAT(names, testing::Contains(variable.name));
  }
  return lines;
}

Lines online(std::string_view text, const Inventory& inventory, GpuIds ids = GpuIds::automatic) {
  const Result<Selector> selector = parse_selector(text);
  if (!selector) return {"error: " + selector.error().message};
  const Result<Selection> selection = resolve_selector(*selector, inventory);
  if (!selection) return {"error: " + selection.error().message};
  return lines_of(selection_variables(*selector, *selection, inventory, ids));
}

Lines offline(std::string_view text, GpuIds ids = GpuIds::automatic) {
  return lines_of(offline_selection_variables(*parse_selector(text), ids));
}

TEST(SelectionVariables, WriteIndicesForAllAndForNumbers) {
  EXPECT_THAT(online("all", nvidia(4)),
              ElementsAre("CUDA_VISIBLE_DEVICES=0,1,2,3", "CUDA_DEVICE_ORDER=PCI_BUS_ID +"));
  EXPECT_THAT(online("0-3", nvidia(4)),
              ElementsAre("CUDA_VISIBLE_DEVICES=0,1,2,3", "CUDA_DEVICE_ORDER=PCI_BUS_ID +"));
  EXPECT_THAT(online("2,0", nvidia(4)),
              ElementsAre("CUDA_VISIBLE_DEVICES=2,0", "CUDA_DEVICE_ORDER=PCI_BUS_ID +",
                          "OLLAMA_VULKAN=0 +"));
}

TEST(SelectionVariables, WriteUuidsForEverythingElse) {
  EXPECT_THAT(online("GPU-7c", nvidia(4)),
              ElementsAre(std::string("CUDA_VISIBLE_DEVICES=") + kUuids[2], "OLLAMA_VULKAN=0 +"));
  EXPECT_THAT(online("vendor=nvidia", nvidia(2)),
              ElementsAre(std::string("CUDA_VISIBLE_DEVICES=") + kUuids[0] + "," + kUuids[1]));
}

TEST(SelectionVariables, WriteIdsAsAskedFor) {
  EXPECT_THAT(online("all", nvidia(1), GpuIds::uuid),
              ElementsAre(std::string("CUDA_VISIBLE_DEVICES=") + kUuids[0]));
  EXPECT_THAT(
      online("GPU-7c", nvidia(4), GpuIds::index),
      ElementsAre("CUDA_VISIBLE_DEVICES=2", "CUDA_DEVICE_ORDER=PCI_BUS_ID +", "OLLAMA_VULKAN=0 +"));
  Inventory no_index = nvidia(2);
  no_index.gpus[0].index.reset();
  EXPECT_THAT(online("all", no_index, GpuIds::index), ElementsAre(HasSubstr("error: ")));
  EXPECT_THAT(online("all", no_index),
              ElementsAre(std::string("CUDA_VISIBLE_DEVICES=") + kUuids[0] + "," + kUuids[1]));
  no_index.gpus[0].uuid.clear();
  EXPECT_THAT(online("all", no_index), ElementsAre(HasSubstr("error: ")));
}

TEST(SelectionVariables, HideEveryGpuForNone) {
  EXPECT_THAT(online("none", nvidia(2)),
              ElementsAre("CUDA_VISIBLE_DEVICES=-1", "OLLAMA_VULKAN=0 +"));
  EXPECT_THAT(online("none", Inventory{}),
              ElementsAre("CUDA_VISIBLE_DEVICES=-1", "OLLAMA_VULKAN=0 +"));
  Inventory mixed = nvidia(1);
  mixed.gpus.push_back(other(Vendor::amd, "GPU-deadbeefdeadbeef"));
  EXPECT_THAT(online("none", mixed), ElementsAre("CUDA_VISIBLE_DEVICES=-1", "OLLAMA_VULKAN=0 +",
                                                 "ROCR_VISIBLE_DEVICES=-1 +"));
}

TEST(SelectionVariables, NeverWriteAnEmptyList) {
  for (const char* text : {"all", "none", "0", "1,0", "vendor=nvidia", "count=1"}) {
    for (const std::string& line : online(text, nvidia(2))) EXPECT_FALSE(line.ends_with('='));
  }
}

TEST(SelectionVariables, SelectAmdGpusThroughRocm) {
  Inventory amd;
  amd.gpus = {other(Vendor::amd, "GPU-aaaaaaaaaaaaaaaa"),
              other(Vendor::amd, "GPU-bbbbbbbbbbbbbbbb")};
  EXPECT_THAT(online("all", amd),
              ElementsAre("ROCR_VISIBLE_DEVICES=GPU-aaaaaaaaaaaaaaaa,GPU-bbbbbbbbbbbbbbbb"));
  EXPECT_THAT(online("GPU-b", amd),
              ElementsAre("ROCR_VISIBLE_DEVICES=GPU-bbbbbbbbbbbbbbbb", "OLLAMA_VULKAN=0 +"));
  // A card that ROCm does not serve has Vulkan alone: that is not switched off.
  for (const char* target : {"gfx1031", "gfx906", ""}) {
    amd.gpus[1].compute_capability = target;
    EXPECT_THAT(online("GPU-b", amd), ElementsAre("ROCR_VISIBLE_DEVICES=GPU-bbbbbbbbbbbbbbbb"));
  }
  amd.gpus[0].uuid.clear();
  EXPECT_THAT(online("all", amd), IsEmpty());
}

TEST(SelectionVariables, KeepVendorsApart) {
  Inventory mixed = nvidia(2);
  mixed.gpus.push_back(other(Vendor::amd, "GPU-deadbeefdeadbeef"));
  const std::string both = std::string("CUDA_VISIBLE_DEVICES=") + kUuids[0] + "," + kUuids[1];
  EXPECT_THAT(online("vendor=nvidia", mixed),
              ElementsAre(both, "ROCR_VISIBLE_DEVICES=-1 +", "OLLAMA_VULKAN=0 +"));
  EXPECT_THAT(online("0,1", mixed),
              ElementsAre(both, "ROCR_VISIBLE_DEVICES=-1 +", "OLLAMA_VULKAN=0 +"));
  EXPECT_THAT(online("vendor=amd", mixed),
              ElementsAre("CUDA_VISIBLE_DEVICES=-1 +", "ROCR_VISIBLE_DEVICES=GPU-deadbeefdeadbeef",
                          "HIP_VISIBLE_DEVICES=0 +", "OLLAMA_VULKAN=0 +"));
  EXPECT_THAT(online("all", mixed), ElementsAre(both, "ROCR_VISIBLE_DEVICES=GPU-deadbeefdeadbeef",
                                                "HIP_VISIBLE_DEVICES=0 +"));
}

TEST(SelectionVariables, LeaveVulkanOnWhereASelectedGpuNeedsIt) {
  Inventory inventory = nvidia(2);
  inventory.gpus.push_back(other(Vendor::intel));
  EXPECT_THAT(online("c1:00.0", inventory), ElementsAre("CUDA_VISIBLE_DEVICES=-1 +"));
  EXPECT_THAT(online("vendor=nvidia", inventory),
              ElementsAre(HasSubstr("CUDA_VISIBLE_DEVICES=GPU-"), "OLLAMA_VULKAN=0 +"));
}

TEST(SelectionVariables, KeepIndicesBesideConsoleGraphics) {
  Inventory inventory = nvidia(2);
  inventory.gpus.push_back(other(Vendor::other));
  EXPECT_THAT(online("all", inventory),
              ElementsAre("CUDA_VISIBLE_DEVICES=0,1", "CUDA_DEVICE_ORDER=PCI_BUS_ID +"));
}

TEST(SelectionVariables, NameAMigInstanceByItsId) {
  Inventory inventory = nvidia(2);
  inventory.gpus[1].mig_enabled = true;
  inventory.gpus[1].mig = {{"MIG-aaaa"}};
  EXPECT_THAT(online("MIG-a", inventory),
              ElementsAre("CUDA_VISIBLE_DEVICES=MIG-aaaa", "OLLAMA_VULKAN=0 +"));
  EXPECT_THAT(online("0", inventory),
              ElementsAre(std::string("CUDA_VISIBLE_DEVICES=") + kUuids[0], "OLLAMA_VULKAN=0 +"));
  EXPECT_THAT(online("MIG-a", inventory, GpuIds::index), ElementsAre(HasSubstr("error: ")));
}

TEST(OfflineSelectionVariables, WriteIdsAsTyped) {
  EXPECT_THAT(offline("all"), IsEmpty());
  EXPECT_THAT(offline("none"), ElementsAre("CUDA_VISIBLE_DEVICES=-1", "OLLAMA_VULKAN=0 +"));
  EXPECT_THAT(offline("2,0-1,2"),
              ElementsAre("CUDA_VISIBLE_DEVICES=2,0,1", "CUDA_DEVICE_ORDER=PCI_BUS_ID +",
                          "OLLAMA_VULKAN=0 +"));
  EXPECT_THAT(offline("gpu-7C000000-1111-2222-3333-444455556662"),
              ElementsAre(std::string("CUDA_VISIBLE_DEVICES=") + kUuids[2], "OLLAMA_VULKAN=0 +"));
  EXPECT_THAT(offline("GPU-deadbeefdeadbeef"),
              ElementsAre("ROCR_VISIBLE_DEVICES=GPU-deadbeefdeadbeef", "OLLAMA_VULKAN=0 +"));
}

TEST(OfflineSelectionVariables, RefuseWhatNeedsTheHardware) {
  for (const char* text : {"not=0", "min-free=1G", "count=1", "all,count=1", "01:00.0", "GPU-58a8",
                           "0,GPU-7c000000-1111-2222-3333-444455556662", "MIG-12", "name=A100"}) {
    const auto variables = offline_selection_variables(*parse_selector(text), GpuIds::automatic);
    ASSERT_FALSE(variables) << text;
    EXPECT_EQ(variables.error().code, Errc::usage) << text;
  }
  EXPECT_THAT(offline("0", GpuIds::uuid), ElementsAre(HasSubstr("error: ")));
  EXPECT_THAT(offline(kUuids[0], GpuIds::index), ElementsAre(HasSubstr("error: ")));
}

}  // namespace
}  // namespace ollama_gpu
