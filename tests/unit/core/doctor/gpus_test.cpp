// SPDX-License-Identifier: MIT
// OG3xx: what hides or confuses GPUs, and its nearest correct neighbour in silence.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/doctor/patient.hpp"

namespace ollama_gpu {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Four NVIDIA GPUs and an Ollama without Vulkan.
Patient with(const std::string& lines, const std::string& version = "0.12.3") {
  Patient patient;
  patient.gpus(4).service(lines);
  patient.facts.ollama_version = version;
  return patient;
}

std::vector<std::string> marks_of(const std::string& lines, const std::string& version = "0.12.3") {
  return with(lines, version).marks();
}

TEST(DoctorGpus, AnEmptyListHidesThemAll) {
  EXPECT_THAT(marks_of("Environment=CUDA_VISIBLE_DEVICES=\n"),
              ElementsAre("OG301 override.conf:2:13"));
  EXPECT_THAT(marks_of("Environment=CUDA_VISIBLE_DEVICES=-1\n"), IsEmpty());
  EXPECT_THAT(marks_of("UnsetEnvironment=CUDA_VISIBLE_DEVICES\n"), IsEmpty());
}

TEST(DoctorGpus, AnIndexThatIsNotThere) {
  Patient patient = with("Environment=CUDA_VISIBLE_DEVICES=0,7,1,2\n");
  EXPECT_THAT(patient.marks(), ElementsAre("OG303 override.conf:2:13"));
  EXPECT_THAT(patient.only("OG303").message, HasSubstr("the 2 ids after it are ignored"));
  EXPECT_THAT(marks_of("Environment=CUDA_VISIBLE_DEVICES=0,3,1,2\n"), IsEmpty());
}

TEST(DoctorGpus, AUuidThatIsNotThere) {
  EXPECT_THAT(marks_of("Environment=CUDA_VISIBLE_DEVICES=GPU-dead\n"),
              ElementsAre("OG303 override.conf:2:13"));
  EXPECT_THAT(marks_of("Environment=CUDA_VISIBLE_DEVICES=GPU-58a81\n"), IsEmpty());
}

TEST(DoctorGpus, AnAbbreviationOfTwo) {
  EXPECT_THAT(marks_of("Environment=CUDA_VISIBLE_DEVICES=GPU-58a8\n"),
              ElementsAre("OG304 override.conf:2:13"));
}

TEST(DoctorGpus, MigInstances) {
  Patient patient = with("Environment=CUDA_VISIBLE_DEVICES=MIG-GPU-58a80000/1/0\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
  patient.service("Environment=CUDA_VISIBLE_DEVICES=MIG-aaaa\n");
  EXPECT_THAT(patient.marks(), ElementsAre("OG303 override.conf:2:13"));
  patient.facts.gpus->gpus[0].mig = {{"MIG-aaaa0000"}, {"MIG-bbbb0000"}};
  EXPECT_THAT(patient.marks(), IsEmpty());
}

TEST(DoctorGpus, IdsAreNotJudgedWhereNotAllGpusWereSeen) {
  Patient patient = with("Environment=CUDA_VISIBLE_DEVICES=7\n");
  patient.facts.gpus->problem = "NVML cannot be loaded";
  EXPECT_THAT(patient.marks(), IsEmpty());
  patient.facts.gpus.reset();
  EXPECT_THAT(patient.marks(), IsEmpty());
}

TEST(DoctorGpus, NumbersWhereGpusDiffer) {
  Patient patient = with("Environment=CUDA_VISIBLE_DEVICES=0\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
  patient.facts.gpus->gpus[3].name = "NVIDIA L4";
  EXPECT_THAT(patient.marks(), ElementsAre("OG305 override.conf:2:13"));
  patient.service("Environment=CUDA_VISIBLE_DEVICES=0 CUDA_DEVICE_ORDER=PCI_BUS_ID\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
  patient.service("Environment=CUDA_VISIBLE_DEVICES=0,1,2,3\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
}

TEST(DoctorGpus, VulkanBringsThemBack) {
  const std::string two = "Environment=CUDA_VISIBLE_DEVICES=0,1\n";
  EXPECT_THAT(marks_of(two, "0.30.0"), ElementsAre("OG306 override.conf:2:13"));
  EXPECT_THAT(marks_of(two, "0.24.0"), IsEmpty());
  EXPECT_THAT(marks_of(two, ""), IsEmpty());  // not seen
  EXPECT_THAT(marks_of(two + "Environment=OLLAMA_VULKAN=0\n", "0.33.0"), IsEmpty());
  EXPECT_THAT(marks_of(two + "Environment=OLLAMA_VULKAN=1\n", "0.24.0"),
              ElementsAre("OG306 override.conf:2:13"));
  EXPECT_THAT(marks_of("Environment=CUDA_VISIBLE_DEVICES=0,1,2,3\n", "0.33.0"), IsEmpty());
  EXPECT_THAT(marks_of("Environment=CUDA_VISIBLE_DEVICES=-1\n", "0.33.0"),
              ElementsAre("OG306 override.conf:2:13"));
}

TEST(DoctorGpus, VulkanBringsAmdsBackToo) {
  Patient patient;
  patient.gpus(2, Vendor::amd).service("Environment=ROCR_VISIBLE_DEVICES=0\n");
  for (Gpu& gpu : patient.facts.gpus->gpus) gpu.compute_capability = "gfx90a";
  patient.facts.ollama_version = "0.33.0";
  EXPECT_THAT(patient.only("OG306").remedy, HasSubstr("OLLAMA_VULKAN=0"));
  patient.facts.gpus->gpus[0].compute_capability = "gfx1031";  // which has nothing but Vulkan
  EXPECT_THAT(patient.only("OG306").remedy, HasSubstr("GGML_VK_VISIBLE_DEVICES"));
  patient.service("Environment=ROCR_VISIBLE_DEVICES=0,1\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
}

TEST(DoctorGpus, VariablesForAmdOnANvidiaMachine) {
  Patient patient = with("Environment=ROCR_VISIBLE_DEVICES=0\n");
  EXPECT_THAT(patient.marks(), ElementsAre("OG307 override.conf:2:13"));
  patient.gpus(1, Vendor::amd);
  EXPECT_THAT(patient.marks(), IsEmpty());
}

TEST(DoctorGpus, PrivateDevices) {
  EXPECT_THAT(marks_of("PrivateDevices=yes\n"), ElementsAre("OG308 override.conf:2:1"));
  EXPECT_THAT(marks_of("PrivateDevices=yes\nPrivateDevices=no\n"), IsEmpty());
}

TEST(DoctorGpus, DevicePolicy) {
  EXPECT_THAT(marks_of("DevicePolicy=closed\n"), ElementsAre("OG309 override.conf:2:1"));
  EXPECT_THAT(marks_of("DeviceAllow=/dev/dri/renderD128 rw\n"),
              ElementsAre("OG309 override.conf:2:1"));
  EXPECT_THAT(marks_of("DevicePolicy=auto\n"), IsEmpty());
  EXPECT_THAT(marks_of("DevicePolicy=closed\nDeviceAllow=char-nvidia* rw\n"), IsEmpty());
  EXPECT_THAT(marks_of("DeviceAllow=char-nvidiactl rw\nDeviceAllow=char-nvidia-uvm\n"), IsEmpty());
}

TEST(DoctorGpus, MigAsCudaGivesIt) {
  Patient patient = with("Environment=CUDA_VISIBLE_DEVICES=MIG-aaaa,MIG-bbbb\n");
  Gpu& gpu = patient.facts.gpus->gpus[0];
  gpu.mig_enabled = true;
  gpu.mig = {{"MIG-aaaa0000"}, {"MIG-bbbb0000"}};
  EXPECT_THAT(patient.marks(), ElementsAre("OG314 override.conf:2:13"));
  patient.service("Environment=CUDA_VISIBLE_DEVICES=0,1\n");
  EXPECT_THAT(patient.marks(), ElementsAre("OG314 override.conf:2:13"));
  patient.service("Environment=CUDA_VISIBLE_DEVICES=MIG-bbbb\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
  patient.service("Environment=CUDA_VISIBLE_DEVICES=1,2\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
  gpu.mig.clear();
  patient.service("Environment=CUDA_VISIBLE_DEVICES=0\n");
  EXPECT_THAT(patient.only("OG314").message, HasSubstr("no GPU is left"));
}

TEST(DoctorGpus, AnEmptyAmdListHidesNoNvidiaGpu) {
  EXPECT_THAT(marks_of("Environment=ROCR_VISIBLE_DEVICES= HIP_VISIBLE_DEVICES=\n"),
              ElementsAre("OG307 override.conf:2:13", "OG307 override.conf:2:35"));
  Patient patient;
  patient.gpus(1, Vendor::amd).service("Environment=ROCR_VISIBLE_DEVICES=\n");
  EXPECT_THAT(patient.marks(), ElementsAre("OG301 override.conf:2:13"));
}

TEST(DoctorGpus, HipCountsWhatRocrLeaves) {
  Patient patient;
  patient.gpus(2, Vendor::amd);
  patient.service("Environment=ROCR_VISIBLE_DEVICES=1 HIP_VISIBLE_DEVICES=1\n");
  EXPECT_THAT(patient.marks(), ElementsAre("OG303 override.conf:2:36"));
  patient.service("Environment=ROCR_VISIBLE_DEVICES=1 HIP_VISIBLE_DEVICES=0\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
  patient.service("Environment=HIP_VISIBLE_DEVICES=1\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
}

TEST(DoctorGpus, ValuesThatSystemdDrops) {
  EXPECT_THAT(marks_of("PrivateDevices=flase\n"), ElementsAre("OG120 override.conf:2:1"));
  EXPECT_THAT(marks_of("PrivateDevices=yes\nPrivateDevices=flase\n"),
              ElementsAre("OG308 override.conf:2:1", "OG120 override.conf:3:1"));
  EXPECT_THAT(marks_of("ProtectHome=strict\nProtectSystem=read-only\n"),
              ElementsAre("OG120 override.conf:2:1", "OG120 override.conf:3:1"));
  EXPECT_THAT(marks_of("DeviceAllow=/dev/nvidia0 rwx\n"), ElementsAre("OG120 override.conf:2:1"));
  EXPECT_THAT(marks_of("PrivateTmp=disconnected\nDevicePolicy=auto\nProtectHome=\n"), IsEmpty());
}

TEST(DoctorGpus, EachDeviceNodeMustBeAllowed) {
  const std::string two = "DeviceAllow=/dev/nvidia0 rw\nDeviceAllow=/dev/nvidiactl rw\n";
  const std::string list = "Environment=CUDA_VISIBLE_DEVICES=0,1\n";
  Patient patient = with(list + two);
  EXPECT_THAT(patient.only("OG309").message, HasSubstr("leaves out /dev/nvidia1, /dev/nvidia-uvm"));
  EXPECT_THAT(patient.only("OG309").remedy, HasSubstr("add DeviceAllow=char-nvidia* rw in"));
  patient = with(list + two + "DeviceAllow=/dev/nvidia1 r\nDeviceAllow=/dev/nvidia-uvm rw\n");
  EXPECT_THAT(patient.only("OG309").message, HasSubstr("leaves out /dev/nvidia1"));
  patient = with(list + two + "DeviceAllow=/dev/nvidia1 rwm\nDeviceAllow=/dev/nvidia-uvm rw\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
  EXPECT_THAT(marks_of("DevicePolicy=closed\nDeviceAllow=char-nvidia-caps rw\n"),
              ElementsAre("OG309 override.conf:2:1"));
}

TEST(DoctorGpus, DeviceGroupsAsTheKernelNamesThem) {
  Patient patient = with("DeviceAllow=char-nvidia rw\nDeviceAllow=char-nvidia-uvm rw\n");
  patient.file(
      "/proc/devices",
      "Character devices:\n  1 mem\n195 nvidia-frontend\n511 nvidia-uvm\n\nBlock devices:\n");
  EXPECT_THAT(patient.only("OG309").message, HasSubstr("/dev/nvidiactl"));
  patient.file("/proc/devices", "Character devices:\n195 nvidia\n195 nvidiactl\n511 nvidia-uvm\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
  patient = with(
      "DeviceAllow=/dev/nvidia3 rw\nDeviceAllow=/dev/nvidiactl rw\nDeviceAllow="
      "/dev/nvidia-uvm rw\nEnvironment=CUDA_VISIBLE_DEVICES=0\n");
  EXPECT_THAT(patient.only("OG309").message, HasSubstr("leaves out /dev/nvidia0"));
  patient.facts.gpus->gpus[0].pci = "0000:01:00.0";
  patient.file("/proc/driver/nvidia/gpus/0000:01:00.0/information", "Device Minor: \t 3\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
}

TEST(DoctorGpus, DevicesOfAmdGpus) {
  Patient patient;
  patient.gpus(1, Vendor::amd).service("DeviceAllow=char-drm rw\n");
  patient.facts.gpus->gpus[0].compute_capability = "gfx90a";
  EXPECT_THAT(patient.only("OG309").message, HasSubstr("leaves out /dev/kfd"));
  patient.service("DeviceAllow=char-kfd rw\n");
  EXPECT_THAT(patient.only("OG309").message, HasSubstr("leaves out /dev/dri/*"));
  patient.service("DeviceAllow=/dev/kfd rw\nDeviceAllow=/dev/dri/renderD128 rw\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
  patient.facts.gpus->gpus[0].compute_capability = "gfx1031";  // through Vulkan only
  patient.service("DeviceAllow=char-drm rw\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
}

TEST(DoctorGpus, AUserWithoutTheGroupRender) {
  Patient patient;
  patient.gpus(1, Vendor::amd);
  patient.file("/etc/passwd", "ollama:x:990:991::/usr/share/ollama:/bin/false\n");
  patient.file("/etc/group", "render:x:105:\nollama:x:991:\n");
  patient.files.directory("/usr/share/ollama").owned("/usr/share/ollama", 0755, 990, 991);
  EXPECT_THAT(patient.marks(), ElementsAre("OG310 ollama.service:7:1"));
  patient.service("SupplementaryGroups=video render\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
  patient.service("").file("/etc/group", "render:x:105:me,ollama\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
  patient.file("/etc/group", "render:x:105:\n").facts.gpus.reset();
  EXPECT_THAT(patient.gpus(4).marks(), IsEmpty());  // NVIDIA's devices are open to all
}

TEST(DoctorGpus, SettingsThatDoNotReachAContainer) {
  const std::string unit =
      "[Service]\nUser=root\nEnvironment=OLLAMA_KEEP_ALIVE=-1\n"
      "ExecStart=/usr/bin/docker run --gpus all ";
  Patient patient;
  patient.unit(unit + "ollama/ollama\n");
  EXPECT_THAT(patient.marks(), ElementsAre("OG311 ollama.service:3:13"));
  patient.unit(unit + "-e OLLAMA_KEEP_ALIVE ollama/ollama\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
  patient.unit(unit + "--env-file=/etc/ollama.env ollama/ollama\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
}

TEST(DoctorGpus, AFileOfOursThatNamesALostGpuIsTold) {
  Patient patient;
  DropIn ours;
  ours.put({"CUDA_VISIBLE_DEVICES", "GPU-dead", ""});
  patient.gpus(2).drop_in("zz-ollama-gpu.conf", render_drop_in(ours, "ollama.service"));
  patient.facts.drop_in = ours;
  EXPECT_EQ(patient.only("OG303").place.file, kOwnPath);
}

TEST(DoctorGpus, AGateWhoseProgramIsGone) {
  Patient patient;
  patient.gpus(4).file("/usr/bin/ollama-gpu", "ELF");
  patient.service("ExecStartPre=-/usr/bin/ollama-gpu wait --timeout=60\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
  patient.service("ExecStartPre=-/opt/og/ollama-gpu wait --gpus=0,1 --timeout=90\n");
  EXPECT_THAT(patient.marks(), ElementsAre("OG312 override.conf:2:1"));
  EXPECT_EQ(patient.only("OG312").severity, Severity::warning);
  EXPECT_THAT(patient.only("OG312").message, HasSubstr("/opt/og/ollama-gpu"));
  EXPECT_THAT(patient.only("OG312").remedy, HasSubstr("--wait-for-gpus=90,"));
  patient.service("ExecStartPre=-/opt/other --check\n");  // no gate: nobody's business
  EXPECT_THAT(patient.marks(), IsEmpty());
}

TEST(DoctorGpus, AGateOfOursThatIsGoneIsTold) {
  Patient patient;
  DropIn ours;
  ours.gate = Gate{"/opt/og/ollama-gpu", "0,1", 60, true, 90 * kMicroseconds};
  patient.gpus(2).drop_in("zz-ollama-gpu.conf", render_drop_in(ours, "ollama.service"));
  patient.facts.drop_in = ours;
  EXPECT_EQ(patient.only("OG312").place.file, kOwnPath);
  EXPECT_EQ(patient.only("OG312").severity, Severity::error);
  EXPECT_THAT(patient.only("OG312").remedy, HasSubstr("--wait-for-gpus=60 --require-gpu"));
}

}  // namespace
}  // namespace ollama_gpu
