// SPDX-License-Identifier: MIT
// A selection in the plan, and what becomes of it when the GPUs change.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/world.hpp"

namespace ollama_gpu {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Gpu amd_gpu() {
  Gpu gpu;
  gpu.vendor = Vendor::amd;
  gpu.uuid = "GPU-0123456789abcdef";
  gpu.pci = "0000:e1:00.0";
  gpu.name = "AMD Instinct MI210";
  gpu.memory_total = 64ULL << 30U;
  return gpu;
}

std::string plan_of(World& world, const Ask& ask) {
  return text_of(world.configure(ask).report.plan);
}

std::string variable(World& world, const std::string& name) {
  return world.systemd.environment(name);
}

TEST(SelectionPlan, names_the_reason_of_what_was_asked_for_too) {
  World world;
  EXPECT_THAT(plan_of(world, Ask().gpus("0,2")),
              AllOf(HasSubstr("CUDA_VISIBLE_DEVICES=0,2: the GPUs that --gpus 0,2 selects"),
                    HasSubstr("CUDA_DEVICE_ORDER=PCI_BUS_ID: numeric ids"),
                    HasSubstr("OLLAMA_VULKAN=0: ")));
}

TEST(SelectionPlan, asks_for_figures_only_where_something_changes) {
  for (const char* selector : {"all", "0,2", "not=1", "2", "name=L40", "min-total=40GiB"}) {
    World world;
    world.gpus.kernel_tells = true;
    world.configure(Ask().gpus(selector));
    EXPECT_GT(world.gpus.lists, 0) << selector;
    world.gpus.lists = 0;
    const auto again = world.configure(Ask().gpus(selector));
    EXPECT_THAT(again, ExitsWith(0)) << selector;
    EXPECT_FALSE(again.report.changed) << selector;
    EXPECT_EQ(world.gpus.lists == 0, std::string(selector) != "min-total=40GiB") << selector;
  }
}

TEST(SelectionPlan, never_selects_by_names_alone) {
  World world;
  world.gpus.kernel_tells = true;
  world.gpus.inventory.gpus[0].mig_enabled = true;  // which the kernel does not tell
  EXPECT_THAT(world.configure(Ask().gpus("0")), ExitsWith(5));
  EXPECT_EQ(world.ours(), "(none)");
}

TEST(SelectionPlan, hides_amd_gpus_while_there_are_some) {
  World world;
  world.gpus.inventory.gpus.push_back(amd_gpu());
  EXPECT_THAT(plan_of(world, Ask().gpus("vendor=nvidia")),
              HasSubstr("ROCR_VISIBLE_DEVICES=-1: hides the AMD GPUs"));
  EXPECT_EQ(variable(world, "ROCR_VISIBLE_DEVICES"), "-1");
  EXPECT_EQ(variable(world, "OLLAMA_VULKAN"), "0");
  // The card is taken out: the reason goes, and the variables with it.
  world.gpus.inventory = four_gpus();
  EXPECT_THAT(plan_of(world, Ask().gpus("vendor=nvidia")),
              AllOf(HasSubstr("withdraw " + std::string(kOurs) + ": ROCR_VISIBLE_DEVICES=-1"),
                    HasSubstr("withdraw " + std::string(kOurs) + ": OLLAMA_VULKAN=0")));
  EXPECT_EQ(variable(world, "ROCR_VISIBLE_DEVICES"), "(none)");
}

TEST(SelectionPlan, writes_both_lists_for_mixed_vendors) {
  World world;
  world.gpus.inventory.gpus.push_back(amd_gpu());
  EXPECT_THAT(plan_of(world, Ask().gpus("all")),
              AllOf(HasSubstr("ROCR_VISIBLE_DEVICES=GPU-0123456789abcdef: the AMD GPUs that"),
                    HasSubstr("HIP_VISIBLE_DEVICES=0: ROCm would otherwise")));
  EXPECT_EQ(variable(world, "OLLAMA_VULKAN"), "(none)");
  world.gpus.inventory = four_gpus();
  world.configure(Ask().gpus("all"));
  EXPECT_EQ(variable(world, "CUDA_VISIBLE_DEVICES"), "0,1,2,3");
  EXPECT_EQ(variable(world, "ROCR_VISIBLE_DEVICES"), "(none)");
  EXPECT_EQ(variable(world, "HIP_VISIBLE_DEVICES"), "(none)");
}

TEST(SelectionPlan, of_amd_gpus_alone_stays_with_count) {
  World world;
  world.gpus.inventory.gpus = {amd_gpu(), amd_gpu()};
  Gpu& second = world.gpus.inventory.gpus[1];
  second.uuid = "GPU-fedcba9876543210";
  second.pci = "0000:e2:00.0";
  for (Gpu& gpu : world.gpus.inventory.gpus) gpu.memory_used = 1ULL << 30U;
  world.configured(Ask().gpus("count=1"));
  EXPECT_EQ(variable(world, "ROCR_VISIBLE_DEVICES"), "GPU-0123456789abcdef");
  world.gpus.inventory.gpus[0].memory_used = 60ULL << 30U;
  EXPECT_FALSE(world.configure(Ask().gpus("count=1")).report.changed);
}

TEST(SelectionPlan, says_that_a_process_gets_one_mig_instance) {
  World world;
  Gpu& gpu = world.gpus.inventory.gpus[0];
  gpu.mig_enabled = true;
  gpu.mig = {{"MIG-aaaa"}, {"MIG-bbbb"}};
  EXPECT_THAT(
      plan_of(world, Ask().gpus("MIG-bbbb")),
      HasSubstr("CUDA_VISIBLE_DEVICES=MIG-bbbb: the GPUs that --gpus MIG-bbbb selects; CUDA "
                "gives a process one MIG instance"));
  gpu.mig_enabled = false;
  gpu.mig.clear();
  EXPECT_THAT(plan_of(world, Ask().gpus("0")), Not(HasSubstr("MIG instance")));
}

TEST(SelectionPlan, of_a_list_set_by_hand_hints_at_gpus) {
  World world;
  EXPECT_THAT(plan_of(world, Ask().set("CUDA_VISIBLE_DEVICES", "0,1")),
              HasSubstr("--gpus 0,1 would select the same GPUs"));
  EXPECT_THAT(plan_of(world, Ask().set("CUDA_VISIBLE_DEVICES", "-1")), HasSubstr("--gpus none"));
}

TEST(SelectionPlan, gives_advice_only_where_something_changes) {
  World world;
  world.ollama.models_on_disk = {{"small:1b", 1ULL << 30U}, {"llama3.3:70b", 30ULL << 30U}};
  const auto has_advice = HasSubstr(
      "spread gives room (192 GiB on 4 GPUs), not speed; the "
      "largest model installed, llama3.3:70b (30.0 GiB), would fit");
  EXPECT_THAT(plan_of(world, the_usual()), has_advice);
  EXPECT_THAT(plan_of(world, the_usual()), IsEmpty());
  EXPECT_THAT(plan_of(world, Ask().set("OLLAMA_KEEP_ALIVE", "24h")),
              Not(HasSubstr("spread gives")));
}

TEST(SelectionPlan, says_that_more_memory_means_more_context) {
  World world;
  for (Gpu& gpu : world.gpus.inventory.gpus) gpu.memory_total = 12ULL << 30U;
  world.configured(Ask().gpus("0"));
  EXPECT_THAT(
      plan_of(world, Ask().gpus("0,1")),
      HasSubstr("the default context is 32768 tokens with 24.0 GiB of GPU memory, 4096 before"));
  EXPECT_THAT(plan_of(world, Ask().gpus("all").set("OLLAMA_CONTEXT_LENGTH", "8192")),
              Not(HasSubstr("default context")));
}

TEST(SelectionPlan, reckons_what_the_models_take) {
  World world;
  world.ollama.models_on_disk = {{"llama3.3:70b", 40ULL << 30U},
                                 {"cloud", 1, "https://ollama.com"}};
  world.ollama.shapes = {{"llama3.3:70b", {80, 8, 128, 131072}}};
  const std::string plan = plan_of(world, the_usual());
  EXPECT_THAT(plan,
              HasSubstr("Ollama reckons with llama3.3:70b 80.0 GiB (40.0 GiB of it context)"));
  EXPECT_THAT(plan, Not(HasSubstr("cloud")));
  EXPECT_THAT(plan_of(world, Ask().set("OLLAMA_CONTEXT_LENGTH", "8192")),
              HasSubstr("llama3.3:70b 42.5 GiB (2.5 GiB of it context)"));
}

TEST(SelectionDriftWarning, is_in_status_and_verify) {
  World world;
  world.configured(Ask().gpus("name=l40"));
  auto context = world.context();
  EXPECT_THAT(app::status(context).report.warnings, IsEmpty());
  const std::string lost = world.gpus.inventory.gpus.back().uuid;
  world.gpus.inventory.gpus.back().uuid = "GPU-99999999-1111-2222-3333-444444444444";
  const auto says = ElementsAre(AllOf(HasSubstr("no longer " + lost), HasSubstr("GPU-99999999")));
  EXPECT_THAT(app::status(context).report.warnings, says);
  EXPECT_THAT(app::verify(context).report.warnings, says);
  // Without --gpus it stays as it is.
  EXPECT_FALSE(world.configure(Ask()).report.changed);
  EXPECT_TRUE(world.configure(Ask().gpus("name=l40")).report.changed);
  EXPECT_THAT(app::status(context).report.warnings, IsEmpty());
}

}  // namespace
}  // namespace ollama_gpu
