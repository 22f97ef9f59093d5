// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/kernel_inventory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ollama_gpu/system/detected_gpus.hpp"
#include "temp_dir.hpp"

namespace ollama_gpu {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;

constexpr const char* kNoNvml = "libnvidia-ml-none.so.1";

class KernelGpus : public testing::Test {
 protected:
  void nvidia(const std::string& address, const std::string& uuid, const std::string& more = "") {
    dir_.write("proc/driver/nvidia/gpus/" + address + "/information",
               "Model: \t\t NVIDIA GeForce RTX 3080\nIRQ:   \t\t 141\nGPU UUID: \t " + uuid +
                   "\nBus Type: \t PCIe\nBus Location: \t " + address + "\nDevice Minor: \t 0\n" +
                   more);
  }
  void card(const std::string& name, const std::string& pci, const std::string& vendor) {
    const std::string device = "sys/devices/pci0000:00/" + pci;
    dir_.write(device + "/vendor", vendor + "\n");
    dir_.write(device + "/device", "0x740f\n");
    dir_.link("../../../devices/pci0000:00/" + pci, "sys/class/drm/" + name + "/device");
  }
  TempDir dir_;
};

TEST_F(KernelGpus, nvidia_by_pci_address) {
  nvidia("0000:C1:00.0", "GPU-b");
  nvidia("0000:01:00.0", "GPU-a");
  nvidia("0000:02:00.0", "GPU-x", "GPU Excluded:\t Yes\n");
  nvidia("0000:c2:00.0", "GPU-" + std::string(8, '?'));
  dir_.write("proc/driver/nvidia/version",
             "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  550.54.14  Release Build\n"
             "GCC version:  gcc version 12.2.0\n");
  const Inventory found = ProcNvidiaInventory(dir_.path()).list();
  EXPECT_EQ(found.source, "/proc/driver/nvidia");
  ASSERT_EQ(found.gpus.size(), 3U);
  EXPECT_EQ(found.gpus[0].uuid, "GPU-a");
  EXPECT_THAT(found.gpus[0].index, Optional(0U));
  EXPECT_EQ(found.gpus[0].name, "NVIDIA GeForce RTX 3080");
  EXPECT_EQ(found.gpus[0].driver, "550.54.14");
  EXPECT_EQ(found.gpus[0].memory_total, std::nullopt);
  EXPECT_EQ(found.gpus[1].pci, "0000:c1:00.0");
  EXPECT_THAT(found.gpus[1].index, Optional(1U));
  EXPECT_EQ(found.gpus[2].uuid, "");
}

TEST_F(KernelGpus, nothing_there) {
  EXPECT_THAT(ProcNvidiaInventory(dir_.path()).list().gpus, IsEmpty());
  EXPECT_EQ(DrmInventory(dir_.path()).list().source, "none");
  const Inventory found = DetectedGpus(kNoNvml, dir_.path()).list();
  EXPECT_THAT(found.gpus, IsEmpty());
  EXPECT_EQ(found.source, "none");
  EXPECT_THAT(found.problem, HasSubstr("cannot load NVML"));
}

TEST_F(KernelGpus, amd_and_intel) {
  card("card1", "0000:03:00.0", "0x1002");
  card("card0", "0000:00:02.0", "0x8086");
  card("card2", "0000:04:00.0", "0x1a03");  // a server's management controller
  dir_.write("sys/class/drm/card1-DP-1/status", "connected\n");
  dir_.write("sys/devices/pci0000:00/0000:03:00.0/mem_info_vram_total", "68702699520\n");
  dir_.write("sys/devices/pci0000:00/0000:03:00.0/mem_info_vram_used", "1048576\n");
  dir_.write("sys/devices/pci0000:00/0000:03:00.0/gpu_busy_percent", "12\n");
  dir_.write("sys/devices/pci0000:00/0000:03:00.0/unique_id", "DEADbeef01020304\n");
  const Inventory found = DrmInventory(dir_.path()).list();
  EXPECT_EQ(found.source, "/sys/class/drm");
  ASSERT_EQ(found.gpus.size(), 2U);
  EXPECT_EQ(found.gpus[0].vendor, Vendor::intel);
  EXPECT_EQ(found.gpus[0].pci, "0000:00:02.0");
  EXPECT_EQ(found.gpus[0].uuid, "");
  const Gpu& amd = found.gpus[1];
  EXPECT_EQ(amd.vendor, Vendor::amd);
  EXPECT_EQ(amd.name, "AMD GPU 0x740f");
  EXPECT_EQ(amd.uuid, "GPU-deadbeef01020304");
  EXPECT_THAT(amd.memory_total, Optional(68'702'699'520U));
  EXPECT_THAT(amd.memory_used, Optional(1'048'576U));
  EXPECT_THAT(amd.utilization, Optional(12U));
}

TEST_F(KernelGpus, the_kernel_stands_in_for_nvml) {
  nvidia("0000:01:00.0", "GPU-a");
  card("card0", "0000:03:00.0", "0x1002");
  const Inventory found = DetectedGpus(kNoNvml, dir_.path()).list();
  ASSERT_EQ(found.gpus.size(), 2U);
  EXPECT_EQ(found.source, "/proc/driver/nvidia, /sys/class/drm");
  EXPECT_THAT(found.problem, HasSubstr("cannot load NVML"));
}

TEST_F(KernelGpus, amd_alone_needs_no_nvml) {
  card("card0", "0000:03:00.0", "0x1002");
  const Inventory found = DetectedGpus(kNoNvml, dir_.path()).list();
  EXPECT_EQ(found.gpus.size(), 1U);
  EXPECT_EQ(found.problem, "");
}

TEST_F(KernelGpus, a_gpu_without_driver_is_said) {
  dir_.write("sys/bus/pci/devices/0000:01:00.0/vendor", "0x10de\n");
  dir_.write("sys/bus/pci/devices/0000:01:00.0/class", "0x030200\n");
  dir_.write("sys/bus/pci/devices/0000:01:00.1/vendor", "0x10de\n");
  dir_.write("sys/bus/pci/devices/0000:01:00.1/class", "0x040300\n");  // its sound
  const Inventory found = DetectedGpus(kNoNvml, dir_.path()).list();
  EXPECT_THAT(found.gpus, IsEmpty());
  EXPECT_THAT(found.problem, HasSubstr("1 NVIDIA GPU on the PCI bus"));
}

TEST_F(KernelGpus, nvml_goes_first) {
  nvidia("0000:01:00.0", "GPU-a");
  const Inventory found = DetectedGpus(NVML_TEST_LIBRARY, dir_.path()).list();
  EXPECT_EQ(found.source, "NVML");
  EXPECT_EQ(found.gpus.size(), 2U);
  EXPECT_EQ(found.problem, "");
}

}  // namespace
}  // namespace ollama_gpu
