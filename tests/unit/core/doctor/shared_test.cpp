// SPDX-License-Identifier: MIT
// OG701 to OG708: several servers behind one address.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/doctor/patient.hpp"

namespace ollama_gpu {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30U;

// Two servers of one GPU of 80 GiB each.
Patient shared(const std::string& settings = "OLLAMA_CONTEXT_LENGTH=4096") {
  Patient patient;
  patient.gpus(2).service("Environment=" + settings +
                          " CUDA_VISIBLE_DEVICES=0 CUDA_DEVICE_ORDER=PCI_BUS_ID OLLAMA_VULKAN=0\n");
  patient.facts.shared = SharedServers{};
  patient.facts.shared->servers = {{"0", {}}, {"1", {}}};
  return patient;
}

TEST(SharedFindings, none_where_all_is_well) {
  EXPECT_THAT(shared().marks(), IsEmpty());
  Patient alone = shared();
  alone.facts.shared.reset();
  EXPECT_THAT(alone.marks(), IsEmpty());
}

TEST(SharedFindings, what_was_seen_of_the_servers) {
  Patient patient = shared();
  patient.facts.shared->down = {"ollama@11436.service is failed"};
  EXPECT_THAT(patient.only("OG701").message, HasSubstr("ollama@11436.service is failed"));
  patient = shared();
  patient.facts.shared->template_path = "/etc/systemd/system/ollama@.service";
  patient.facts.shared->template_trouble = "is missing";
  EXPECT_EQ(patient.only("OG702").place.file, "/etc/systemd/system/ollama@.service");
  patient = shared();
  patient.facts.shared->taken = Error{Errc::conflict, "127.0.0.1:11436 is taken", "stop it"};
  EXPECT_EQ(patient.only("OG706").remedy, "stop it");
  patient = shared();
  patient.facts.shared->no_proxy = Error{Errc::not_found, "HAProxy is not installed", "install it"};
  EXPECT_THAT(patient.only("OG707").message, HasSubstr("HAProxy"));
  patient = shared();
  patient.facts.shared->beaten = {Error{Errc::conflict, "OLLAMA_HOST would not be in force", "",
                                        Location{"/x.conf", 2, 1, ""}}};
  EXPECT_EQ(patient.only("OG708").place.line, 2U);
}

// What is down comes back with `configure` only once that is not refused any more.
TEST(SharedFindings, what_is_down_waits_for_what_configure_needs) {
  Patient patient = shared();
  patient.facts.shared->down = {"ollama-gpu-entry.service is failed"};
  patient.facts.shared->no_proxy = Error{Errc::not_found, "HAProxy is not installed", "install it"};
  const auto findings = patient.findings();
  ASSERT_THAT(findings, testing::SizeIs(2));
  EXPECT_THAT(findings[0].remedy, testing::StartsWith("first what OG707 says"));
  EXPECT_EQ(findings[1].code, "OG707");
}

TEST(SharedFindings, models_larger_than_the_smallest_share) {
  Patient patient = shared();
  patient.facts.models = {{"fits", 40 * kGiB, "llama", std::nullopt},
                          {"large", 90 * kGiB, "llama", std::nullopt}};
  EXPECT_THAT(patient.only("OG703").message, HasSubstr("large (90.0 GiB)"));
  EXPECT_THAT(patient.only("OG703").message, testing::Not(HasSubstr("fits")));
}

TEST(SharedFindings, a_default_context_that_has_fallen) {
  Patient patient = shared("X=1");
  for (Gpu& gpu : patient.facts.gpus->gpus) gpu.memory_total = 24 * kGiB;
  EXPECT_THAT(patient.only("OG704").message,
              HasSubstr("32768 tokens on a server's GPUs, and was 262144"));
  // 80 GiB alone are enough for the largest.
  EXPECT_THAT(shared("X=1").marks(), IsEmpty());
}

TEST(SharedFindings, models_that_are_answered_one_at_a_time) {
  Patient patient = shared("OLLAMA_CONTEXT_LENGTH=4096 OLLAMA_NUM_PARALLEL=4");
  patient.facts.models = {{"odd", kGiB, "qwen35", std::nullopt},
                          {"usual", kGiB, "llama", std::nullopt}};
  EXPECT_THAT(patient.only("OG705").message, HasSubstr("odd"));
  patient = shared("OLLAMA_CONTEXT_LENGTH=4096 OLLAMA_NUM_PARALLEL=1");
  patient.facts.models = {{"odd", kGiB, "qwen35", std::nullopt}};
  EXPECT_THAT(patient.marks(), IsEmpty());
}

}  // namespace
}  // namespace ollama_gpu
