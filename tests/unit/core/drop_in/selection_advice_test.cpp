// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/drop_in/selection_advice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ollama_gpu {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::uint64_t kGib = 1ULL << 30U;

std::vector<std::string> texts(const std::vector<Advice>& lines) {
  std::vector<std::string> all;
  for (const Advice& line : lines) all.push_back(line.text);
  return all;
}

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

EffectiveEnvironment with_context(const std::string& tokens) {
  EffectiveEnvironment environment;
  environment.variables["OLLAMA_CONTEXT_LENGTH"] = {tokens, {}, {}};
  return environment;
}

std::vector<std::string> spread_over(const std::vector<std::uint64_t>& sizes_gib,
                                     std::uint64_t model_gib = 0) {
  AdviceFacts facts;
  facts.spread = true;
  facts.before = facts.after = first(sizes_gib.size());
  facts.then = with_context("8192");
  if (model_gib > 0) facts.models = {{"small", kGib}, {"llama3.3:70b", model_gib * kGib}};
  return texts(selection_advice(facts, with(sizes_gib)));
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
  if (is_set) facts.then = with_context("8192");
  return texts(selection_advice(facts, with({12, 12, 24})));
}

TEST(SelectionAdvice, the_memory_decides_the_default_context) {
  EXPECT_THAT(more_gpus(1, 2),
              ElementsAre("the default context is 32768 tokens with 24.0 GiB of GPU memory, 4096 "
                          "before (Ollama 0.15.5 and later); --context-length sets it"));
  EXPECT_THAT(more_gpus(2, 3), ElementsAre(HasSubstr("262144 tokens with 48.0 GiB of GPU memory, "
                                                     "32768 before")));
  EXPECT_THAT(more_gpus(3, 1), ElementsAre(HasSubstr("4096 tokens with 12.0 GiB of GPU memory, "
                                                     "262144 before")));
  EXPECT_THAT(more_gpus(3, 3), ElementsAre(HasSubstr("with 48.0 GiB of GPU memory (Ollama")));
  EXPECT_THAT(more_gpus(1, 3, true), IsEmpty());
}

// Of the bytes with 8192 tokens: 2.5 GiB and 1 GiB of context.
const std::vector<StoredModel> kModels{
    {"small", 4 * kGib, "llama", ModelShape{32, 8, 128, 131072}},
    {"large", 40 * kGib, "llama", ModelShape{80, 8, 128, 131072}}};
constexpr ContextSettings kContext{8192, 1, false};

std::vector<std::string> advice(const std::vector<std::uint64_t>& gpus_gib, bool spread = false,
                                std::size_t models = 2) {
  std::vector<std::uint64_t> gpus;
  for (const std::uint64_t gib : gpus_gib) gpus.push_back(gib * kGib);
  return texts(
      model_advice({kModels.begin(), kModels.begin() + static_cast<std::ptrdiff_t>(models)},
                   kContext, gpus, spread));
}

TEST(ModelAdvice, says_what_each_takes_the_largest_first) {
  EXPECT_EQ(advice({80, 80})[0],
            "Ollama reckons with large 42.5 GiB (2.5 GiB of it context), small 5.0 GiB (1.0 GiB "
            "of it context)");
}

TEST(ModelAdvice, says_where_each_fits) {
  EXPECT_EQ(advice({80, 80})[1], "fits on one GPU: large, small; they fit beside each other");
  EXPECT_EQ(advice({24, 24})[1],
            "fits on one GPU: small; on all 2 GPUs together: large; not all beside each other: "
            "loading one unloads another");
  EXPECT_EQ(advice({24})[1],
            "fits on one GPU: small; more than all GPUs hold: large; not all beside each other: "
            "loading one unloads another");
  EXPECT_EQ(advice({24, 24}, false, 1)[1], "fits on one GPU: small");
}

// 80 % of what the large one leaves must be enough: 6.8 of 8.5 GiB are, 2.8 of 3.5 are not.
TEST(ModelAdvice, spread_models_share_what_is_free) {
  EXPECT_THAT(advice({26, 25}, true)[1], HasSubstr("they fit beside each other"));
  EXPECT_THAT(advice({23, 23}, true)[1], HasSubstr("loading one unloads another"));
}

TEST(ModelAdvice, says_nothing_of_models_without_figures) {
  EXPECT_THAT(model_advice({{"m", kGib}}, kContext, {80 * kGib}, false), IsEmpty());
  EXPECT_THAT(model_advice(kModels, kContext, {}, false), IsEmpty());
}

TEST(ModelAdvice, names_three_and_counts_the_rest) {
  std::vector<StoredModel> many;
  for (int i = 0; i < 5; ++i)
    many.push_back({"m" + std::to_string(i), kGib, "", ModelShape{1, 1, 1, 0}});
  EXPECT_THAT(texts(model_advice(many, kContext, {80 * kGib}, false))[1],
              HasSubstr("m0, m1, m2 and 2 more"));
}

}  // namespace
}  // namespace ollama_gpu
