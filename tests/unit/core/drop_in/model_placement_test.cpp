// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/drop_in/model_placement.hpp"

#include <gtest/gtest.h>

namespace ollama_gpu {
namespace {

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30U;

EffectiveEnvironment with(const std::vector<std::pair<std::string, std::string>>& variables) {
  EffectiveEnvironment environment;
  for (const auto& [name, value] : variables) environment.variables[name] = {value, {}, {}};
  return environment;
}

TEST(ContextSettings, come_from_the_environment_or_from_the_memory) {
  const std::vector<std::uint64_t> two{24 * kGiB, 24 * kGiB};
  EXPECT_EQ(context_settings({}, two).tokens, 262144U);
  EXPECT_TRUE(context_settings({}, two).by_default);
  EXPECT_EQ(context_settings({}, two).parallel, 1U);
  const auto set = context_settings(
      with({{"OLLAMA_CONTEXT_LENGTH", " 8192 "}, {"OLLAMA_NUM_PARALLEL", "4"}}), two);
  EXPECT_EQ(set.tokens, 8192U);
  EXPECT_EQ(set.parallel, 4U);
  EXPECT_FALSE(set.by_default);
  const auto overhead = with({{"OLLAMA_GPU_OVERHEAD", "1073741824"}});
  EXPECT_EQ(context_settings(overhead, two).tokens, 32768U) << "2 GiB less";
  EXPECT_EQ(context_settings(with({{"OLLAMA_GPU_OVERHEAD", "99999999999999"}}), two).tokens, 4096U);
  EXPECT_EQ(context_settings(with({{"OLLAMA_CONTEXT_LENGTH", "much"}}), two).tokens, 262144U);
}

TEST(Spread, is_on_for_every_word_that_is_not_false) {
  for (const char* on : {"1", "true", "off", "2", " T "}) {
    EXPECT_TRUE(is_spread(with({{"OLLAMA_SCHED_SPREAD", on}}))) << on;
  }
  for (const char* off : {"0", "false", "", "F"}) {
    EXPECT_FALSE(is_spread(with({{"OLLAMA_SCHED_SPREAD", off}}))) << off;
  }
  EXPECT_FALSE(is_spread({}));
}

TEST(SplitMode, is_tensor_by_the_very_word) {
  EXPECT_TRUE(is_split_by_tensor(with({{"LLAMA_ARG_SPLIT_MODE", "tensor"}})));
  EXPECT_FALSE(is_split_by_tensor(with({{"LLAMA_ARG_SPLIT_MODE", "Tensor"}})));
  EXPECT_FALSE(is_split_by_tensor({}));
}

}  // namespace
}  // namespace ollama_gpu
