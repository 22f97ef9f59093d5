// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ollama_gpu/system/gpus/detected_gpus.hpp"
#include "temp_dir.hpp"

namespace ollama_gpu {
namespace {

using testing::HasSubstr;

Gpu amd(std::optional<unsigned> index) {
  Gpu gpu;
  gpu.vendor = Vendor::amd;
  gpu.pci = "0000:03:00.0";
  gpu.index = index;
  return gpu;
}

std::string obstacle(const TempDir& root, const Gpu& gpu) {
  return DetectedGpus("no-such-library.so", root.path()).obstacle(gpu);
}

TEST(DeviceNodes, cudas_must_be_there_once_its_module_is) {
  const TempDir root;
  EXPECT_EQ(obstacle(root, Gpu{}), "");  // CUDA loads the module itself
  root.write("proc/devices", "Character devices:\n195 nvidia\n511 nvidia-uvm-tools\n");
  EXPECT_EQ(obstacle(root, Gpu{}), "");
  root.write("proc/devices", "Character devices:\n195 nvidia\n510 nvidia-uvm\n");
  EXPECT_EQ(obstacle(root, Gpu{}), "there is no /dev/nvidia-uvm");
  root.write("dev/nvidia-uvm", "");
  EXPECT_EQ(obstacle(root, Gpu{}), "");
}

TEST(DeviceNodes, rocm_needs_kfd_and_the_cards_own) {
  const TempDir root;
  root.write("sys/bus/pci/devices/0000:03:00.0/drm/renderD129/dev", "226:129\n");
  EXPECT_EQ(obstacle(root, amd(0)), "there is no /dev/kfd");
  root.write("dev/kfd", "");
  EXPECT_EQ(obstacle(root, amd(0)), "there is no /dev/dri/renderD129");
  root.write("dev/dri/renderD129", "");
  EXPECT_EQ(obstacle(root, amd(0)), "");
}

TEST(DeviceNodes, a_card_that_rocm_does_not_know_needs_no_kfd) {
  const TempDir root;
  EXPECT_EQ(obstacle(root, amd(std::nullopt)), "");
}

TEST(DeviceNodes, what_may_not_be_opened_is_an_obstacle) {
  const TempDir root;
  root.write("dev/kfd", "", 0000);
  const bool is_root = geteuid() == 0;  // who may open everything
  if (is_root) {
    chmod(root.path().c_str(), 0755);
    ASSERT_EQ(setresuid(65534, 65534, 0), 0);
  }
  const std::string seen = obstacle(root, amd(0));
  if (is_root) ASSERT_EQ(setresuid(0, 0, 0), 0);
  EXPECT_THAT(seen, HasSubstr("/dev/kfd cannot be opened by this user"));
}

}  // namespace
}  // namespace ollama_gpu
