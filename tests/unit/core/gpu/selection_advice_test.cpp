// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/gpu/selection_advice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ollama_gpu {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::uint64_t kGib = 1ULL << 30U;

Inventory with(const std::vector<std::uint64_t>& sizes_gib) {
  Inventory inventory;
  for (const std::uint64_t size : sizes_gib) {
    Gpu& gpu = inventory.gpus.emplace_back();
    if (size > 0) gpu.memory_total = size * kGib;
  }
  return inventory;
}

std::vector<SelectedDevice> first(std::size_t count) {
  std::vector<SelectedDevice> devices;
  for (std::size_t i = 0; i < count; ++i) devices.push_back({i, std::nullopt});
  return devices;
}

std::vector<std::string> spread_over(const std::vector<std::uint64_t>& sizes_gib,
                                     std::uint64_t model_gib = 0) {
  AdviceFacts facts;
  facts.spread = true;
  facts.before = facts.after = first(sizes_gib.size());
  facts.largest_model = "llama3.3:70b";
  facts.largest_size = model_gib * kGib;
  return selection_advice(facts, with(sizes_gib));
}

TEST(SelectionAdvice, spread_on_one_gpu_changes_nothing) {
  EXPECT_THAT(spread_over({80}), ElementsAre("spread changes nothing with one GPU"));
}

TEST(SelectionAdvice, spread_gives_room_not_speed) {
  EXPECT_THAT(spread_over({24, 24}),
              ElementsAre("spread gives room (48.0 GiB on 2 GPUs), not speed"));
}

TEST(SelectionAdvice, unequal_cards_are_named) {
  EXPECT_THAT(spread_over({24, 80, 24}), ElementsAre(HasSubstr("unequal (24.0 GiB to 80.0 GiB)")));
}

TEST(SelectionAdvice, a_model_that_fits_on_one_is_named) {
  EXPECT_THAT(spread_over({80, 80}, 64),
              ElementsAre(HasSubstr("llama3.3:70b (64.0 GiB), would fit on one of 80.0 GiB")));
  EXPECT_THAT(spread_over({80, 80}, 65), ElementsAre(Not(HasSubstr("fit on one"))));
}

TEST(SelectionAdvice, says_nothing_of_what_is_not_known) {
  EXPECT_THAT(spread_over({80, 0}), IsEmpty());
  EXPECT_THAT(spread_over({}), IsEmpty());
}

std::vector<std::string> more_gpus(std::size_t before, std::size_t after, bool is_set = false) {
  AdviceFacts facts;
  facts.before = first(before);
  facts.after = first(after);
  facts.context_is_set = is_set;
  return selection_advice(facts, with({12, 12, 24}));
}

TEST(SelectionAdvice, more_memory_raises_the_default_context) {
  EXPECT_THAT(more_gpus(1, 2), ElementsAre(AllOf(HasSubstr("24.0 GiB"), HasSubstr("from 4096 to "
                                                                                  "32768"))));
  EXPECT_THAT(more_gpus(2, 3), ElementsAre(HasSubstr("from 32768 to 262144 tokens")));
  EXPECT_THAT(more_gpus(3, 3), IsEmpty());
  EXPECT_THAT(more_gpus(3, 1), IsEmpty());
  EXPECT_THAT(more_gpus(1, 3, true), IsEmpty());
}

}  // namespace
}  // namespace ollama_gpu
