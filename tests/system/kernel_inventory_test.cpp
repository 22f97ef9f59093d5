// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/gpus/kernel_inventory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "ollama_gpu/system/gpus/detected_gpus.hpp"
#include "temp_dir.hpp"

namespace ollama_gpu {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;

constexpr const char* kNoNvml = "libnvidia-ml-none.so.1";

std::string machine(const std::string& name) { return TEST_DATA "/machines/" + name; }

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

TEST_F(KernelGpus, who_is_there_without_nvml) {
  const auto whole = [&] { return DetectedGpus(kNoNvml, dir_.path()).identify(); };
  nvidia("0000:01:00.0", "GPU-a");
  dir_.write("sys/bus/pci/devices/0000:01:00.0/config", "\xde\x10\x04");
  dir_.write("dev/nvidiactl", "");
  EXPECT_FALSE(whole().names_only) << "no device file: a container that was given none";
  dir_.write("dev/nvidia0", "");
  const Inventory found = whole();
  EXPECT_TRUE(found.names_only);
  EXPECT_EQ(found.problem, "");
  ASSERT_EQ(found.gpus.size(), 1U);
  EXPECT_EQ(found.gpus[0].uuid, "GPU-a");
  dir_.write("proc/driver/nvidia/capabilities/gpu0/mig/gi1/access", "");
  EXPECT_FALSE(whole().names_only) << "MIG instances";
  std::filesystem::remove_all(dir_.at("proc/driver/nvidia/capabilities/gpu0/mig/gi1"));
  EXPECT_TRUE(whole().names_only);
  dir_.write("sys/bus/pci/devices/0000:01:00.0/config", "\xff\xff\xff");
  EXPECT_FALSE(whole().names_only) << "fell off the bus";
  dir_.write("sys/bus/pci/devices/0000:01:00.0/config", "\xde\x10\x04");
  nvidia("0000:01:00.0", "GPU-????");
  EXPECT_FALSE(whole().names_only) << "not initialised yet";
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

TEST(Machines, amd_as_rocm_names_and_counts_it) {
  const Inventory found = DetectedGpus(kNoNvml, machine("amd")).list();
  EXPECT_EQ(found.source, "/sys/class/drm");
  EXPECT_EQ(found.problem, "");
  EXPECT_EQ(found.fault, GpuFault::none);
  ASSERT_EQ(found.gpus.size(), 4U);
  const Gpu& mi210 = found.gpus[1];
  EXPECT_EQ(mi210.pci, "0000:03:00.0");
  EXPECT_EQ(mi210.name, "AMD INSTINCT MI210");
  EXPECT_EQ(mi210.uuid, "GPU-0b4c2d3e4f506172");  // sixteen digits, with the leading zero
  EXPECT_EQ(mi210.compute_capability, "gfx90a");
  EXPECT_THAT(mi210.index, Optional(1U));
  EXPECT_THAT(mi210.memory_total, Optional(68'702'699'520U));
  EXPECT_THAT(mi210.memory_used, Optional(1'073'741'824U));
  EXPECT_THAT(mi210.utilization, Optional(37U));
  EXPECT_THAT(mi210.temperature, Optional(41U));
  EXPECT_THAT(mi210.power, Optional(92'000U));
  EXPECT_EQ(mi210.driver, "amdgpu");
  EXPECT_EQ(mi210.display_active, std::nullopt);
  ASSERT_EQ(mi210.processes.size(), 2U);
  EXPECT_EQ(mi210.processes[0].pid, 4242);
  EXPECT_THAT(mi210.processes[0].memory, Optional(1'040'187'392U));
  const Gpu& w7900 = found.gpus[3];
  EXPECT_EQ(w7900.name, "AMD GPU 0x7448");
  EXPECT_THAT(w7900.index, Optional(0U));
  EXPECT_EQ(w7900.compute_capability, "gfx1100");
  EXPECT_THAT(w7900.power, Optional(18'000U));
  EXPECT_THAT(w7900.display_active, Optional(true));
  EXPECT_EQ(w7900.processes.size(), 1U);
}

TEST(Machines, others_are_named_as_present) {
  const Inventory found = DetectedGpus(kNoNvml, machine("amd")).list();
  EXPECT_EQ(found.gpus.at(0).vendor, Vendor::intel);
  EXPECT_EQ(found.gpus.at(0).name, "Intel GPU 0xa780");
  EXPECT_EQ(found.gpus.at(0).driver, "i915");
  EXPECT_EQ(found.gpus.at(2).vendor, Vendor::other);
  EXPECT_EQ(found.gpus.at(2).name, "unknown GPU 0x0222 of 0x1ed5");
}

TEST(Machines, nvidia_hardware_without_its_driver) {
  const Inventory found = DetectedGpus(kNoNvml, machine("nvidia-nouveau")).list();
  EXPECT_THAT(found.gpus, IsEmpty());
  EXPECT_EQ(found.fault, GpuFault::driver_not_loaded);
  EXPECT_THAT(found.problem, HasSubstr("2 NVIDIA GPUs on the PCI bus"));
  EXPECT_THAT(found.problem, HasSubstr("(bound to nouveau, vfio-pci)"));
}

TEST(Machines, a_container_without_devices) {
  setenv("NVML_TEST", "no-driver", 1);
  const Inventory found = DetectedGpus(NVML_TEST_LIBRARY, machine("nvidia-container")).list();
  unsetenv("NVML_TEST");
  EXPECT_EQ(found.fault, GpuFault::no_devices);
  EXPECT_THAT(found.problem, HasSubstr("570.86.15 runs, but its device files are not here"));
  ASSERT_EQ(found.gpus.size(), 1U);
  EXPECT_EQ(found.gpus[0].uuid, "GPU-6f1c2b3a-0d4e-4f5a-8b9c-7d6e5f4a3b2c");
}

TEST(Machines, a_container_that_was_given_no_gpu) {
  setenv("NVML_TEST", "none", 1);
  const Inventory found = DetectedGpus(NVML_TEST_LIBRARY, machine("nvidia-driver")).list();
  unsetenv("NVML_TEST");
  EXPECT_EQ(found.fault, GpuFault::no_devices);
  EXPECT_THAT(found.problem, HasSubstr("NVML shows none of them here"));
}

TEST(Machines, a_library_of_another_version) {
  setenv("NVML_TEST", "mismatch", 1);
  const Inventory found = DetectedGpus(NVML_TEST_LIBRARY, machine("nvidia-driver")).list();
  unsetenv("NVML_TEST");
  EXPECT_EQ(found.fault, GpuFault::version_mismatch);
  EXPECT_THAT(found.problem, HasSubstr("libraries are of 535.161.08"));
  EXPECT_THAT(found.problem, HasSubstr("kernel module is of 570.86.15"));
  EXPECT_EQ(found.gpus.size(), 2U);
}

TEST(Machines, a_driver_without_its_library) {
  const Inventory found = DetectedGpus(kNoNvml, machine("nvidia-driver")).list();
  EXPECT_EQ(found.fault, GpuFault::library_missing);
  EXPECT_THAT(found.problem, HasSubstr("its library is not here"));
  EXPECT_EQ(found.gpus.size(), 2U);
}

TEST(Machines, a_lost_gpu_is_named_by_what_the_kernel_remembers) {
  const Inventory found = DetectedGpus(NVML_TEST_LIBRARY, machine("nvidia-driver")).list();
  ASSERT_EQ(found.gpus.size(), 2U);
  EXPECT_EQ(found.gpus[1].fault, GpuFault::lost);
  EXPECT_EQ(found.gpus[1].pci, "0010:ac:00.0");
  EXPECT_EQ(found.gpus[1].uuid, "GPU-6f1c2b3a-0d4e-4f5a-8b9c-7d6e5f4a3b2d");
  EXPECT_EQ(found.gpus[1].name, "NVIDIA H200");
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
