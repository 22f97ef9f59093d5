// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/text/suggest.hpp"

#include <gtest/gtest.h>

#include <random>

namespace ollama_gpu {
namespace {

TEST(EditDistance, CountsLettersAndSwaps) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("status", "status"), 0U);
  EXPECT_EQ(edit_distance("status", "statsu"), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("confgure", "configure"), 1U);
}

TEST(EditDistance, IsTheSameBothWaysAndNeverAboveTheLongerWord) {
  std::minstd_rand random(7);
  const auto word = [&random] {
    std::string text;
    for (auto length = random() % 12U; length > 0; --length) {
      text += "abc"[random() % 3U];
    }
    return text;
  };
  for (int i = 0; i < 5'000; ++i) {
    const std::string left = word();
    const std::string right = word();
    EXPECT_EQ(edit_distance(left, right), edit_distance(right, left));
    EXPECT_LE(edit_distance(left, right), std::max(left.size(), right.size()));
    EXPECT_EQ(edit_distance(left, right) == 0, left == right);
  }
}

TEST(ClosestMatch, NeedsTwoThirdsOfTheLetters) {
  const std::vector<std::string> commands = {"configure", "status", "show", "verify", "gpus"};
  EXPECT_EQ(closest_match("confgure", commands), "configure");
  EXPECT_EQ(closest_match("stauts", commands), "status");
  EXPECT_EQ(closest_match("Status", commands), "status");
  EXPECT_EQ(closest_match("gpu", commands), "gpus");
  EXPECT_EQ(closest_match("shwo", commands), "show");
  EXPECT_EQ(closest_match("cfg", commands), std::nullopt);
  EXPECT_EQ(closest_match("", commands), std::nullopt);
  EXPECT_EQ(closest_match(std::string(100'000, 'x'), commands), std::nullopt);
  EXPECT_EQ(closest_match("x", {}), std::nullopt);
}

}  // namespace
}  // namespace ollama_gpu
