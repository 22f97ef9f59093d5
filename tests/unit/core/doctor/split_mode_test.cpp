// SPDX-License-Identifier: MIT
// OG215 to OG218, OG313, OG315: what cutting models over GPUs needs, and GPUs that Ollama leaves
// out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/doctor/patient.hpp"

namespace ollama_gpu {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30U;
const std::string kTensor = "Environment=LLAMA_ARG_SPLIT_MODE=tensor OLLAMA_SCHED_SPREAD=1 ";

Patient tensor(unsigned gpus, const std::string& more = "") {
  Patient patient;
  patient.gpus(gpus).service(kTensor + more + "\n");
  for (Gpu& gpu : patient.facts.gpus->gpus) gpu.nvlinks = 18;
  return patient;
}

TEST(SplitModeFindings, none_where_all_is_there) {
  EXPECT_THAT(tensor(2).marks(), IsEmpty());
  EXPECT_THAT(tensor(2, "OLLAMA_FLASH_ATTENTION=1").marks(), IsEmpty());
  EXPECT_THAT(tensor(2, "OLLAMA_KV_CACHE_TYPE=bf16").marks(), IsEmpty());
  Patient nothing_seen;
  nothing_seen.service(kTensor + "\n");
  EXPECT_THAT(nothing_seen.marks(), IsEmpty());
}

TEST(SplitModeFindings, flash_attention_off_and_a_quantised_cache) {
  EXPECT_THAT(tensor(2, "OLLAMA_FLASH_ATTENTION=0").marks(),
              ElementsAre("OG215 override.conf:2:13"));
  EXPECT_THAT(tensor(2, "OLLAMA_KV_CACHE_TYPE=q8_0").marks(),
              ElementsAre("OG217 override.conf:2:13"));
}

TEST(SplitModeFindings, without_effect) {
  EXPECT_THAT(tensor(1).marks(), ElementsAre("OG216 override.conf:2:13"));
  EXPECT_THAT(tensor(2, "CUDA_VISIBLE_DEVICES=1 CUDA_DEVICE_ORDER=PCI_BUS_ID").marks(),
              ElementsAre("OG216 override.conf:2:13"));
  Patient patient;
  patient.service("Environment=LLAMA_ARG_SPLIT_MODE=tensor\n");
  EXPECT_THAT(patient.marks(), ElementsAre("OG216 override.conf:2:13"));
  patient.service("Environment=LLAMA_ARG_SPLIT_MODE=layer\n");
  EXPECT_THAT(patient.marks(), IsEmpty());
}

TEST(SplitModeFindings, models_that_cannot_be_cut_or_do_not_fit) {
  Patient patient = tensor(2, "OLLAMA_CONTEXT_LENGTH=131072");
  patient.facts.models = {{"fits", 100 * kGiB, "llama", ModelShape{80, 8, 128, 131072}},
                          {"mamba:7b", 4 * kGiB, "mamba", std::nullopt}};
  EXPECT_THAT(patient.only("OG217").message, HasSubstr("mamba:7b (mamba)"));
  patient.facts.models = {{"wide", 121 * kGiB, "llama", ModelShape{80, 8, 128, 131072}}};
  EXPECT_THAT(patient.only("OG217").message, HasSubstr("wide (161 GiB)"));
  patient.facts.gpus->gpus[0].memory_total = 100 * kGiB;
  EXPECT_THAT(patient.marks(), Contains("OG217 override.conf:2:13"))
      << "the smallest sets the limit";
}

TEST(SplitModeFindings, cards_that_slow_it_down) {
  Patient patient = tensor(2);
  patient.facts.gpus->gpus[0].memory_total = 24 * kGiB;
  EXPECT_THAT(patient.only("OG218").message, HasSubstr("24.0 GiB to 80.0 GiB"));
  patient.facts.gpus->gpus[0].memory_total = 79 * kGiB;
  EXPECT_THAT(patient.marks(), IsEmpty()) << "cards of one kind differ a little";
  patient.facts.gpus->gpus[1].nvlinks = 0;
  EXPECT_THAT(patient.only("OG218").message, HasSubstr("without NVLink"));
  patient.facts.gpus->gpus[1].nvlinks.reset();
  EXPECT_THAT(patient.marks(), IsEmpty()) << "not told";
}

TEST(SplitModeFindings, left_to_OG210_before_0_30) {
  Patient patient = tensor(1);
  patient.facts.ollama_version = "0.24.0";
  EXPECT_THAT(patient.marks(), ElementsAre("OG210 override.conf:2:13"));
}

TEST(LlamaDevices, that_are_not_there) {
  const auto marks = [](const std::string& more) {
    Patient patient;
    patient.gpus(2).service("Environment=" + more + "\n");
    return patient.marks();
  };
  EXPECT_THAT(marks("LLAMA_ARG_DEVICE=CUDA0,CUDA1"), IsEmpty());
  EXPECT_THAT(marks("LLAMA_ARG_DEVICE=CUDA0,cuda2"), ElementsAre("OG315 override.conf:2:13"));
  EXPECT_THAT(marks("LLAMA_ARG_DEVICE=Vulkan7"), IsEmpty());
  EXPECT_THAT(marks("LLAMA_ARG_DEVICE=none"), IsEmpty());
  EXPECT_THAT(marks("LLAMA_ARG_DEVICE=CUDA1 CUDA_VISIBLE_DEVICES=GPU-58a81"),
              ElementsAre("OG315 override.conf:2:13"));
}

std::vector<std::string> left_out(const std::string& driver, const std::string& capability,
                                  const std::string& version) {
  Patient patient;
  patient.gpus(1);
  patient.facts.gpus->gpus[0].driver = driver;
  patient.facts.gpus->gpus[0].compute_capability = capability;
  patient.facts.ollama_version = version;
  return patient.marks();
}

TEST(DriverFindings, by_version_and_capability) {
  const auto found = ElementsAre("OG313");
  EXPECT_THAT(left_out("535.183.01", "8.9", "0.34.4"), found);
  EXPECT_THAT(left_out("550.54.14", "8.9", "0.34.4"), IsEmpty());
  EXPECT_THAT(left_out("535.183.01", "8.9", "0.30.5"), IsEmpty());
  EXPECT_THAT(left_out("550.54.14", "6.1", "0.30.5"), found);
  EXPECT_THAT(left_out("570.86.15", "6.1", "0.30.5"), IsEmpty());
  EXPECT_THAT(left_out("535.183.01", "6.1", "0.24.0"), IsEmpty());
  EXPECT_THAT(left_out("580.65.06", "3.5", "0.34.4"), found);
  EXPECT_THAT(left_out("470.1", "3.5", ""), found);
  EXPECT_THAT(left_out("470.1", "8.0", "0.0.0"), IsEmpty()) << "a build of one's own";
  EXPECT_THAT(left_out("", "", "0.34.4"), IsEmpty());
}

}  // namespace
}  // namespace ollama_gpu
