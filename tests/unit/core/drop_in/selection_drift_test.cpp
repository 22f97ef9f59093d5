// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/drop_in/selection_drift.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ollama_gpu/core/gpu/selection_variables.hpp"
#include "ollama_gpu/core/gpu/selector.hpp"

namespace ollama_gpu {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint64_t kGib = 1ULL << 30U;

Gpu card(unsigned index, const std::string& uuid, std::uint64_t used_gib = 1) {
  Gpu gpu;
  gpu.index = index;
  gpu.uuid = uuid;
  gpu.pci = "0000:0" + std::to_string(index + 1) + ":00.0";
  gpu.name = "NVIDIA A100";
  gpu.memory_total = 80 * kGib;
  gpu.memory_used = used_gib * kGib;
  return gpu;
}

Inventory cards(std::vector<Gpu> gpus) { return {std::move(gpus), "NVML", {}, {}}; }

Inventory three() { return cards({card(0, "GPU-aa"), card(1, "GPU-bb"), card(2, "GPU-cc")}); }

DropIn selected(const std::string& selector, const Inventory& inventory,
                GpuIds ids = GpuIds::automatic) {
  const auto parsed = parse_selector(selector);
  const auto selection = resolve_selector(*parsed, inventory);
  DropIn drop_in;
  drop_in.selector = selector;
  const auto variables = selection_variables(*parsed, *selection, inventory, ids);
  for (const SelectionVariable& variable : *variables) {
    drop_in.put({variable.name, variable.value, variable.on_behalf ? variable.reason : ""});
  }
  return drop_in;
}

SelectionDrift drift_of(const DropIn& drop_in, const Inventory& inventory) {
  return selection_drift(drop_in, inventory, {}).value_or(SelectionDrift{"(none)"});
}

TEST(SelectionDrift, is_none_while_the_same_gpus_are_there) {
  for (const char* selector : {"all", "none", "0,2", "GPU-b", "name=a100", "min-free=20GiB,count=2",
                               "not=1", "vendor=nvidia"}) {
    EXPECT_EQ(selection_drift(selected(selector, three()), three(), {}), std::nullopt) << selector;
  }
  const DropIn indices = selected("name=a100", three(), GpuIds::index);
  EXPECT_EQ(selection_drift(indices, three(), {}), std::nullopt);
}

TEST(SelectionDrift, sees_a_card_that_was_replaced) {
  const Inventory today = cards({card(0, "GPU-aa"), card(1, "GPU-dd"), card(2, "GPU-cc")});
  const SelectionDrift drift = drift_of(selected("name=a100", three()), today);
  EXPECT_THAT(drift.gone, ElementsAre("GPU-bb"));
  EXPECT_THAT(drift.added, ElementsAre("GPU-dd"));
  EXPECT_THAT(drift.message(), HasSubstr("--gpus name=a100 would select other GPUs today: no "
                                         "longer GPU-bb, but GPU-dd"));
  // By number it is the same place.
  EXPECT_EQ(selection_drift(selected("all", three()), today, {}), std::nullopt);
}

TEST(SelectionDrift, sees_a_card_that_was_added) {
  Inventory today = three();
  today.gpus.push_back(card(3, "GPU-dd"));
  const SelectionDrift drift = drift_of(selected("all", three()), today);
  EXPECT_THAT(drift.gone, IsEmpty());
  EXPECT_THAT(drift.added, ElementsAre("3"));
  EXPECT_THAT(drift.message(), HasSubstr("today: also GPU 3;"));
}

TEST(SelectionDrift, sees_a_card_that_is_lost) {
  const Inventory today = cards({card(0, "GPU-aa"), card(1, "GPU-cc")});
  EXPECT_THAT(drift_of(selected("all", three()), today).gone, ElementsAre("2"));
  const SelectionDrift named = drift_of(selected("GPU-bb", three()), today);
  EXPECT_THAT(named.problem, HasSubstr("GPU-bb"));
  EXPECT_THAT(named.message(), HasSubstr("no longer holds"));
  EXPECT_THAT(drift_of(selected("count=3", three()), today).problem, HasSubstr("only 2 of 3"));
}

TEST(SelectionDrift, is_none_where_a_standing_choice_still_satisfies) {
  const DropIn chosen = selected("min-free=20GiB,count=2", three());
  // The third is the emptiest now, but the first two still do.
  const Inventory today =
      cards({card(0, "GPU-aa", 30), card(1, "GPU-bb", 20), card(2, "GPU-cc", 0)});
  EXPECT_EQ(selection_drift(chosen, today, {}), std::nullopt);
  const Inventory full = cards({card(0, "GPU-aa", 79), card(1, "GPU-bb"), card(2, "GPU-cc")});
  EXPECT_THAT(drift_of(chosen, full).gone, ElementsAre("GPU-aa"));
  // What the service itself holds counts as free.
  EXPECT_EQ(selection_drift(chosen, full, {79 * kGib, 0, 0}), std::nullopt);
}

TEST(SelectionDrift, is_none_where_nothing_can_be_known) {
  Inventory unseen;
  unseen.problem = "NVML: driver/library version mismatch";
  EXPECT_EQ(selection_drift(selected("all", three()), unseen, {}), std::nullopt);
  EXPECT_EQ(selection_drift(DropIn{}, three(), {}), std::nullopt);
  DropIn damaged;
  damaged.selector = "no such=selector";
  EXPECT_EQ(selection_drift(damaged, three(), {}), std::nullopt);
  DropIn offline;
  offline.selector = "all";
  EXPECT_EQ(selection_drift(offline, three(), {}), std::nullopt);
}

TEST(SelectionDrift, knows_amd_gpus) {
  Inventory inventory = three();
  Gpu amd = card(0, "GPU-0123456789abcdef");
  amd.vendor = Vendor::amd;
  amd.pci = "0000:c1:00.0";
  inventory.gpus.push_back(amd);
  const DropIn chosen = selected("all", inventory);
  EXPECT_EQ(selection_drift(chosen, inventory, {}), std::nullopt);
  EXPECT_THAT(selected_uuids(chosen, inventory),
              ElementsAre("GPU-aa", "GPU-bb", "GPU-cc", "GPU-0123456789abcdef"));
  EXPECT_THAT(drift_of(chosen, three()).gone, testing::Contains("GPU-0123456789abcdef"));
}

}  // namespace
}  // namespace ollama_gpu
