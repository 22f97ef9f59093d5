// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/ollama/model_memory.hpp"

#include <gtest/gtest.h>

namespace ollama_gpu {
namespace {

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30U;

TEST(DefaultContext, has_three_steps) {
  EXPECT_EQ(default_context(0), 4096U);
  EXPECT_EQ(default_context(23 * kGiB - 1), 4096U);
  EXPECT_EQ(default_context(23 * kGiB), 32768U);
  EXPECT_EQ(default_context(47 * kGiB - 1), 32768U);
  EXPECT_EQ(default_context(47 * kGiB), 262144U);
}

// By hand: 2 * 80 * 8 * 128 * 131072 * 2 bytes are 40 GiB.
TEST(PredictedMemory, is_the_file_and_the_context) {
  StoredModel model{"llama3.3:70b", 40 * kGiB, "llama", ModelShape{80, 8, 128, 131072}};
  EXPECT_EQ(predicted_memory(model, {262144, 1, true}), 80 * kGiB);
  EXPECT_EQ(predicted_memory(model, {8192, 1, false}), 40 * kGiB + 40 * kGiB / 16);
  EXPECT_EQ(predicted_memory(model, {8192, 4, false}), 50 * kGiB);
  model.shape->trained_context = 0;
  EXPECT_EQ(predicted_memory(model, {262144, 1, true}), 120 * kGiB);
  model.shape.reset();
  EXPECT_EQ(predicted_memory(model, {262144, 1, true}), 40 * kGiB);
}

TEST(PredictedMemory, of_a_reply_that_lies_is_only_large) {
  const StoredModel model{"m", UINT64_MAX, "", ModelShape{UINT64_MAX, UINT64_MAX, UINT64_MAX, 0}};
  EXPECT_EQ(predicted_memory(model, {UINT64_MAX, UINT64_MAX, false}), std::uint64_t{1} << 63U);
}

}  // namespace
}  // namespace ollama_gpu
