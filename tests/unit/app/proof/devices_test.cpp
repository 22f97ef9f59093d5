// SPDX-License-Identifier: MIT
// Ollama's "inference compute" lines against the selected GPUs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/ollama_lines.hpp"
#include "app/proof/devices_evidence.hpp"
#include "app/world.hpp"

namespace ollama_gpu {
namespace {

using testing::AllOf;
using testing::HasSubstr;

using Lines = std::vector<std::string>;

OllamaLog log_of(Lines lines) {
  lines.insert(lines.begin(), R"(level=INFO msg="server config" env="map[]")");
  return parse_ollama_log(lines);
}

Evidence judge(const Lines& lines, const std::optional<std::string>& visible,
               const Inventory& inventory = four_gpus()) {
  return app::judge_devices(log_of(lines), {visible, std::nullopt}, inventory);
}

// One NVIDIA card and two of AMD's.
Inventory mixed() {
  Inventory inventory;
  inventory.gpus = {four_gpus().gpus[0]};
  for (unsigned i = 0; i < 2; ++i) {
    Gpu amd;
    amd.vendor = Vendor::amd;
    amd.uuid = "GPU-00000000000000a" + std::to_string(i);
    amd.pci = "0000:e" + std::to_string(i) + ":00.0";
    amd.name = "AMD Instinct MI210";
    amd.compute_capability = "gfx90a";
    inventory.gpus.push_back(amd);
  }
  return inventory;
}

Evidence judge_amd(const Lines& lines, const app::DeviceLists& lists) {
  return app::judge_devices(log_of(lines), lists, mixed());
}

const Gpu& gpu(std::size_t index) {
  static const Inventory inventory = four_gpus();
  return inventory.gpus[index];
}

Lines lines_for(LogEra era, const std::vector<std::size_t>& indices) {
  Lines lines;
  for (const std::size_t index : indices) {
    lines.push_back(compute_line(era, gpu(index), lines.size(), std::to_string(index)));
  }
  return lines;
}

TEST(Devices, AreWhatTheLogProvesWhereNoneCanBeListed) {
  Inventory none;
  none.problem = "cannot load NVML";
  const Evidence selected = judge({kCpuLine}, "-1", none);
  EXPECT_EQ(selected.status, EvidenceStatus::ok);
  EXPECT_THAT(selected.detail, HasSubstr("on the CPU, as selected"));
  const Evidence fallback = judge({kCpuLine}, std::nullopt, none);
  EXPECT_EQ(fallback.status, EvidenceStatus::skipped);
  EXPECT_THAT(fallback.detail, AllOf(HasSubstr("cannot load NVML"), HasSubstr("on the CPU")));
  const Evidence seen = judge(lines_for(LogEra::latest, {1}), std::nullopt, none);
  EXPECT_EQ(seen.status, EvidenceStatus::skipped);
  EXPECT_THAT(seen.detail, HasSubstr("Ollama logged that it uses "));
}

TEST(Devices, ThatOllamaRefusesAreToldWithItsReason) {
  const std::string old =
      R"(time=2026-11-29T04:14:17.342Z level=WARN source=cuda_compat.go:71 msg="NVIDIA driver too old" driver=535.1)";
  const Evidence missing = judge({old, kCpuLine}, "0");
  EXPECT_EQ(missing.status, EvidenceStatus::failed);
  EXPECT_THAT(missing.detail, HasSubstr(R"(why: "NVIDIA driver too old" driver=535.1)"));
}

TEST(Devices, ThatAreNotHereAreNoChoice) {
  const Evidence fewer = judge(lines_for(LogEra::latest, {0, 1, 2, 3}), "0,1,2,3,4");
  EXPECT_EQ(fewer.status, EvidenceStatus::failed);
  EXPECT_THAT(fewer.detail, HasSubstr("names GPU 4, which is not here: Ollama has fewer"));
  const Evidence none = judge({kCpuLine}, "GPU-99999999");
  EXPECT_EQ(none.status, EvidenceStatus::failed);
  EXPECT_THAT(none.detail, HasSubstr("names GPU-99999999, which is not here: Ollama has none"));
  EXPECT_EQ(judge({kCpuLine}, "-1").status, EvidenceStatus::ok);
}

TEST(Devices, OfAmdMayComeThroughVulkan) {
  Inventory all = mixed();
  all.gpus[1].compute_capability = "gfx1031";  // which ROCm does not serve
  const std::string line = compute_line(LogEra::latest, all.gpus[1], 0, "", "Vulkan");
  const Evidence found = app::judge_devices(log_of({line}), {"-1", all.gpus[1].uuid}, all);
  EXPECT_EQ(found.status, EvidenceStatus::ok) << found.detail;
  EXPECT_THAT(found.detail, HasSubstr("through Vulkan"));
}

class DevicesOf : public testing::TestWithParam<LogEra> {};

TEST_P(DevicesOf, AreExactlyTheSelectedOnes) {
  const LogEra era = GetParam();
  EXPECT_EQ(judge(lines_for(era, {0, 1, 2, 3}), std::nullopt).status, EvidenceStatus::ok);
  EXPECT_EQ(judge(lines_for(era, {3, 1}), "1,3").status, EvidenceStatus::ok);
  EXPECT_EQ(judge(lines_for(era, {2}), gpu(2).uuid).status, EvidenceStatus::ok);
  EXPECT_EQ(judge(lines_for(era, {2}), gpu(2).uuid.substr(0, 8)).status, EvidenceStatus::ok);
}

TEST_P(DevicesOf, MissOne) {
  const Evidence evidence = judge(lines_for(GetParam(), {0, 1, 3}), "0,1,2,3");
  EXPECT_EQ(evidence.status, EvidenceStatus::failed);
  EXPECT_THAT(evidence.detail, HasSubstr("GPU 2"));
}

TEST_P(DevicesOf, AreQuotedWhereOneIsMissing) {
  const Lines lines = lines_for(GetParam(), {0, 1});
  const Evidence evidence = judge(lines, "0,1,2");
  EXPECT_THAT(evidence.logged, HasSubstr(lines[0]));
  EXPECT_THAT(evidence.logged, HasSubstr(lines[1]));
  EXPECT_THAT(evidence.detail, HasSubstr("does not use GPU 2 (NVIDIA L40), only NVIDIA L40"));
}

TEST_P(DevicesOf, AreQuotedWhereOneIsTooMany) {
  const Lines lines = lines_for(GetParam(), {0, 1});
  EXPECT_THAT(judge(lines, "0").logged, HasSubstr(lines[1]));
}

TEST_P(DevicesOf, AmdAreHeldAgainstTheirOwnList) {
  const Inventory all = mixed();
  const auto line = [&](std::size_t gpu, std::size_t position) {
    const bool oldest = GetParam() == LogEra::oldest;
    const char* library = gpu == 0 ? "" : oldest ? "rocm" : "ROCm";
    return compute_line(GetParam(), all.gpus[gpu], position, "", library);
  };
  const std::string first = all.gpus[1].uuid;
  const std::string both = first + "," + all.gpus[2].uuid;
  EXPECT_EQ(judge_amd({line(0, 0), line(1, 0), line(2, 1)}, {"0", both}).status,
            EvidenceStatus::ok);
  EXPECT_EQ(judge_amd({line(0, 0), line(1, 0)}, {"0", first}).status, EvidenceStatus::ok);
  EXPECT_EQ(judge_amd({line(1, 0)}, {"-1", first}).status, EvidenceStatus::ok);
  EXPECT_EQ(judge_amd({line(0, 0)}, {"0", "-1"}).status, EvidenceStatus::ok);

  const Evidence missing = judge_amd({line(0, 0), line(1, 0)}, {"0", both});
  EXPECT_EQ(missing.status, EvidenceStatus::failed);
  EXPECT_THAT(missing.detail, HasSubstr(all.gpus[2].uuid));
  const Evidence extra = judge_amd({line(0, 0), line(1, 0)}, {"0", "-1"});
  EXPECT_EQ(extra.status, EvidenceStatus::failed);
  EXPECT_THAT(extra.logged, HasSubstr(line(1, 0)));
  EXPECT_EQ(judge_amd({kCpuLine}, {"-1", first}).status, EvidenceStatus::failed);
  EXPECT_EQ(judge_amd({kCpuLine}, {"-1", "-1"}).status, EvidenceStatus::ok);
  // Without a list nobody knows which of them Ollama can use.
  EXPECT_EQ(judge_amd({line(0, 0)}, {"0", std::nullopt}).status, EvidenceStatus::ok);
  EXPECT_EQ(judge_amd({line(0, 0), line(2, 0)}, {"0", std::nullopt}).status, EvidenceStatus::ok);
}

TEST_P(DevicesOf, HaveOneTooMany) {
  const Evidence evidence = judge(lines_for(GetParam(), {0, 1}), "0");
  EXPECT_EQ(evidence.status, EvidenceStatus::failed);
  EXPECT_THAT(evidence.detail, HasSubstr("not selected"));
}

TEST_P(DevicesOf, AreNotWhatWasSelected) {
  EXPECT_EQ(judge(lines_for(GetParam(), {1}), "0").status, EvidenceStatus::failed);
  EXPECT_EQ(judge(lines_for(GetParam(), {0}), "-1").status, EvidenceStatus::failed);
}

INSTANTIATE_TEST_SUITE_P(Eras, DevicesOf,
                         testing::Values(LogEra::oldest, LogEra::middle, LogEra::latest));

TEST(Devices, OnTheCpuAreAFallbackOrWhatWasAskedFor) {
  const Evidence fallback = judge({kCpuLine}, "0,1");
  EXPECT_EQ(fallback.status, EvidenceStatus::failed);
  EXPECT_THAT(fallback.detail, HasSubstr("came up on the CPU"));
  EXPECT_EQ(judge({kCpuLine}, "-1").status, EvidenceStatus::ok);
  EXPECT_EQ(judge({kCpuLine}, "").status, EvidenceStatus::ok);
}

TEST(Devices, MayHaveTheCpuBesideThem) {
  Lines lines = lines_for(LogEra::latest, {0});
  lines.push_back(kCpuLine);
  EXPECT_EQ(judge(lines, "0").status, EvidenceStatus::ok);
}

TEST(Devices, ComeBackThroughVulkan) {
  Lines lines = lines_for(LogEra::latest, {0});
  lines.push_back(compute_line(LogEra::latest, gpu(1), 1, "1", "Vulkan"));
  const Evidence evidence = judge(lines, "0");
  EXPECT_EQ(evidence.status, EvidenceStatus::failed);
  EXPECT_THAT(evidence.detail, HasSubstr("Vulkan"));
  EXPECT_EQ(judge({lines.back(), kCpuLine}, "-1").status, EvidenceStatus::failed);
}

TEST(Devices, OfAmdComeBackThroughVulkan) {
  const Inventory all = mixed();
  const Lines lines{compute_line(LogEra::latest, all.gpus[0], 0, "0"),
                    compute_line(LogEra::latest, all.gpus[1], 0, "0", "Vulkan")};
  const Evidence ghost = judge_amd(lines, {"0", "-1"});
  EXPECT_EQ(ghost.status, EvidenceStatus::failed);
  EXPECT_THAT(ghost.detail, HasSubstr("back through Vulkan"));
  EXPECT_EQ(ghost.logged, lines[1]);
  const Evidence slow = judge_amd(lines, {"0", all.gpus[1].uuid});
  EXPECT_EQ(slow.status, EvidenceStatus::failed);
  EXPECT_THAT(slow.detail, HasSubstr("only through Vulkan"));
  EXPECT_EQ(slow.logged, lines[1]);
}

TEST(Devices, OfAnotherVendorThroughVulkanAreNoGhosts) {
  Inventory inventory = four_gpus();
  Gpu arc;
  arc.vendor = Vendor::intel;
  arc.pci = "0000:c1:00.0";
  inventory.gpus.push_back(arc);
  Lines lines = lines_for(LogEra::latest, {0});
  lines.push_back(compute_line(LogEra::latest, arc, 0, "0", "Vulkan"));
  EXPECT_EQ(judge(lines, "0", inventory).status, EvidenceStatus::ok);
}

TEST(Devices, AreJoinedByUuidBeforePciAndByPositionLast) {
  Lines bare{R"(level=INFO msg="inference compute" id=0 library=CUDA)",
             R"(level=INFO msg="inference compute" id=1 library=CUDA)"};
  EXPECT_EQ(judge(bare, "2,3").status, EvidenceStatus::ok);
  EXPECT_EQ(judge(bare, "2").status, EvidenceStatus::failed);
}

TEST(Devices, OfAnotherMigInstanceAreNotTheSelectedOne) {
  Inventory inventory;
  inventory.gpus = {gpu(0)};
  inventory.gpus[0].mig_enabled = true;
  inventory.gpus[0].mig = {{"MIG-aaaa"}, {"MIG-bbbb"}};
  const auto line = [&](const std::string& token) {
    return Lines{compute_line(LogEra::latest, inventory.gpus[0], 0, token)};
  };
  EXPECT_EQ(judge(line("MIG-bbbb"), "MIG-bbbb", inventory).status, EvidenceStatus::ok);
  EXPECT_EQ(judge(line("MIG-aaaa"), "MIG-bbbb", inventory).status, EvidenceStatus::failed);
}

TEST(Devices, ThatCannotBeKnownAreSkipped) {
  Inventory none;
  none.problem = "NVML: driver/library version mismatch";
  const Evidence evidence = judge(lines_for(LogEra::latest, {0}), "0", none);
  EXPECT_EQ(evidence.status, EvidenceStatus::skipped);
  EXPECT_THAT(evidence.detail, HasSubstr("mismatch"));
  Inventory amd;
  amd.gpus.resize(1);
  amd.gpus[0].vendor = Vendor::amd;
  EXPECT_EQ(judge({kCpuLine}, std::nullopt, amd).status, EvidenceStatus::skipped);
}

TEST(DevicesEvidence, OfAmdGpusHoldsOrIsPutBackWhereItIsRequired) {
  World world;
  world.gpus.inventory = mixed();
  Ask ask = Ask().gpus("all");
  ask.options.change.require_gpu = true;
  EXPECT_THAT(world.configure(ask), ExitsWith(0));
  world.reset();
  world.calls.on("restart", [&] {
    world.clock.in(0.2, [&] { world.gpus.inventory.gpus.pop_back(); });
    world.clock.in(1, [&] { world.gpus.inventory = mixed(); });
  });
  const auto outcome = world.configure(ask);
  EXPECT_THAT(outcome, ExitsWith(7));
  EXPECT_TRUE(outcome.report.rolled_back);
  EXPECT_THAT(outcome.error->message,
              AllOf(HasSubstr("does not use GPU-00000000000000a1"), HasSubstr("only NVIDIA")));
}

TEST(DevicesEvidence, FailsWhereOneIsLost) {
  World world;
  world.calls.on("restart", [&] {
    world.clock.in(0.2, [&] { world.gpus.inventory.gpus.pop_back(); });
    world.clock.in(1, [&] { world.gpus.inventory = four_gpus(); });
  });
  const auto outcome = world.configure(the_usual());
  EXPECT_THAT(outcome, ExitsWith(11));
  EXPECT_THAT(outcome.error->message, HasSubstr("GPU 3"));
}

}  // namespace
}  // namespace ollama_gpu
