// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/gpus/nvml_inventory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace ollama_gpu {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;

class Nvml : public testing::Test {
 protected:
  ~Nvml() override { unsetenv("NVML_TEST"); }
  static Inventory list(const char* plays) {
    setenv("NVML_TEST", plays, 1);
    return NvmlInventory(NVML_TEST_LIBRARY).list();
  }
};

TEST_F(Nvml, describes_a_gpu) {
  const Inventory found = list("");
  EXPECT_EQ(found.source, "NVML");
  EXPECT_EQ(found.problem, "");
  ASSERT_EQ(found.gpus.size(), 2U);
  const Gpu& gpu = found.gpus[0];
  EXPECT_THAT(gpu.index, Optional(0U));
  EXPECT_EQ(gpu.uuid, "GPU-00000000");
  EXPECT_EQ(gpu.pci, "0010:ab:1c.0");
  EXPECT_EQ(gpu.vendor, Vendor::nvidia);
  EXPECT_EQ(gpu.name, "NVIDIA Test");
  EXPECT_THAT(gpu.memory_total, Optional(25'769'803'776U));
  EXPECT_THAT(gpu.memory_used, Optional(1'073'741'824U));
  EXPECT_EQ(gpu.driver, "550.54.14");
  EXPECT_EQ(gpu.compute_capability, "8.9");
  EXPECT_FALSE(gpu.mig_enabled);
  EXPECT_EQ(gpu.problem, "");
}

TEST_F(Nvml, what_the_library_or_the_gpu_lacks_is_empty) {
  const Inventory found = list("");
  EXPECT_EQ(found.gpus.at(0).temperature, std::nullopt);
  EXPECT_EQ(found.gpus.at(0).utilization, std::nullopt);
  EXPECT_EQ(found.gpus.at(0).memory_reserved, std::nullopt);
  EXPECT_THAT(found.gpus.at(0).power, Optional(62500U));
  EXPECT_THAT(found.gpus.at(0).display_active, Optional(true));
}

TEST_F(Nvml, what_the_driver_keeps_for_itself_is_not_used) {
  const Inventory found = list("v2");
  EXPECT_THAT(found.gpus.at(0).memory_total, Optional(25'769'803'776U));
  EXPECT_THAT(found.gpus.at(0).memory_used, Optional(1024U));
  EXPECT_THAT(found.gpus.at(0).memory_reserved, Optional(644'245'094U));
}

TEST_F(Nvml, gpus_that_appear_are_found_once_it_starts_over) {
  setenv("NVML_TEST", "none", 1);
  NvmlInventory inventory(NVML_TEST_LIBRARY);
  EXPECT_EQ(inventory.list().gpus.size(), 0U);
  setenv("NVML_TEST", "", 1);
  EXPECT_EQ(inventory.list().gpus.size(), 0U);
  inventory.start_over();
  EXPECT_EQ(inventory.list().gpus.size(), 2U);
}

TEST_F(Nvml, a_driver_that_comes_late_is_found) {
  setenv("NVML_TEST", "no-driver", 1);
  NvmlInventory inventory(NVML_TEST_LIBRARY);
  EXPECT_EQ(inventory.list().fault, GpuFault::driver_not_loaded);
  setenv("NVML_TEST", "", 1);
  inventory.start_over();
  EXPECT_EQ(inventory.list().gpus.size(), 2U);
}

TEST_F(Nvml, a_lost_gpu_keeps_its_place) {
  const Inventory found = list("");
  EXPECT_THAT(found.gpus.at(1).index, Optional(1U));
  EXPECT_THAT(found.gpus.at(1).problem, HasSubstr("lost"));
  EXPECT_EQ(found.gpus.at(1).fault, GpuFault::lost);
  EXPECT_EQ(found.gpus.at(1).uuid, "");
}

TEST_F(Nvml, processes_are_listed_once) {
  const Inventory found = list("");
  const auto& processes = found.gpus.at(0).processes;
  ASSERT_EQ(processes.size(), 3U);
  EXPECT_EQ(processes[0].pid, 100);
  EXPECT_THAT(processes[0].memory, Optional(1024U));
  EXPECT_EQ(processes[1].memory, std::nullopt);
  EXPECT_EQ(processes[2].pid, 7);
  EXPECT_EQ(list("many-processes").gpus.at(0).processes.size(), 501U);
}

TEST_F(Nvml, use_by_process_when_it_is_asked_for) {
  setenv("NVML_TEST", "", 1);
  const NvmlInventory nvml(NVML_TEST_LIBRARY);
  Inventory found = nvml.list();
  EXPECT_EQ(found.gpus.at(0).processes.at(0).utilization, std::nullopt);
  nvml.measure_use(found);
  EXPECT_THAT(found.gpus.at(0).processes.at(0).utilization, Optional(35U));
  EXPECT_THAT(found.gpus.at(0).processes.at(1).utilization, Optional(0U));
  for (const char* play : {"no-samples", "mig"}) {
    setenv("NVML_TEST", play, 1);
    Inventory other = nvml.list();
    nvml.measure_use(other);
    const auto use = other.gpus.at(0).processes.at(0).utilization;
    EXPECT_EQ(use, std::string(play) == "mig" ? std::nullopt : std::optional(0U)) << play;
  }
  Inventory nothing;
  NvmlInventory("libnvidia-ml-none.so.1").measure_use(nothing);
}

TEST_F(Nvml, mig_instances) {
  const Inventory found = list("mig");
  const Gpu& gpu = found.gpus.at(0);
  EXPECT_TRUE(gpu.mig_enabled);
  ASSERT_EQ(gpu.mig.size(), 2U);
  EXPECT_EQ(gpu.mig[0].uuid, "MIG-00000004");
  EXPECT_EQ(gpu.mig[1].uuid, "MIG-00000006");
  EXPECT_THAT(gpu.mig[1].memory_total, Optional(25'769'803'776U));
  // The instance knows the figure that the whole GPU does not tell.
  EXPECT_THAT(gpu.processes.at(1).memory, Optional(2048U));
}

TEST_F(Nvml, problems_in_words) {
  const Inventory mismatch = list("mismatch");
  EXPECT_THAT(mismatch.gpus, IsEmpty());
  EXPECT_EQ(mismatch.source, "none");
  EXPECT_THAT(mismatch.problem, HasSubstr("different versions"));
  EXPECT_THAT(mismatch.problem, HasSubstr("libraries are of 535.161.08"));
  EXPECT_EQ(mismatch.fault, GpuFault::version_mismatch);
  EXPECT_THAT(list("no-driver").problem, HasSubstr("not loaded"));
  EXPECT_EQ(list("no-driver").fault, GpuFault::driver_not_loaded);
  const Inventory denied = list("no-permission");
  EXPECT_EQ(denied.gpus.at(0).fault, GpuFault::no_permission);
  EXPECT_THAT(denied.gpus.at(0).problem, HasSubstr("no permission"));
}

TEST_F(Nvml, libraries_that_are_none) {
  const Inventory missing = NvmlInventory("libnvidia-ml-none.so.1").list();
  EXPECT_THAT(missing.gpus, IsEmpty());
  EXPECT_THAT(missing.problem, HasSubstr("cannot load NVML: libnvidia-ml-none.so.1"));
  EXPECT_EQ(missing.fault, GpuFault::library_missing);
  EXPECT_THAT(NvmlInventory("libc.so.6").list().problem, HasSubstr("it is not NVML"));
}

TEST_F(Nvml, lists_again) {
  setenv("NVML_TEST", "", 1);
  const NvmlInventory nvml(NVML_TEST_LIBRARY);
  EXPECT_EQ(nvml.list().gpus.size(), 2U);
  EXPECT_EQ(nvml.list().gpus.size(), 2U);
}

}  // namespace
}  // namespace ollama_gpu
