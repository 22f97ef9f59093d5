// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/ollama/last_words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ollama_gpu {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// As real Ollamas log (0.24.0, 0.34.4), shortened.
const std::string kConfig =
    "time=2026-11-29T04:14:17.342Z level=INFO source=routes.go:2005 "
    "msg=\"server config\" env=\"map[CUDA_VISIBLE_DEVICES: ]\"";
const std::string kGin =
    "[GIN-debug] [WARNING] Running in \"debug\" mode. Switch to \"release\" mode in production.";

TEST(LastWords, AreThePanicNotTheTrace) {
  EXPECT_THAT(last_words({kConfig, kGin, "panic: bad origin: origins must contain '*'", "",
                          "goroutine 1 [running]:", "main.main()", "\t/go/main.go:12 +0x4f"},
                         6),
              ElementsAre("panic: bad origin: origins must contain '*'"));
  EXPECT_THAT(last_words({kConfig, "runtime: out of memory: cannot allocate 17179869184-byte block",
                          "fatal error: out of memory", "", "runtime stack:", "runtime.throw()"},
                         6),
              ElementsAre("runtime: out of memory: cannot allocate 17179869184-byte block",
                          "fatal error: out of memory"));
}

TEST(LastWords, AreTheErrorNotTheConfiguration) {
  EXPECT_THAT(last_words({kConfig, "Error: mkdir /srv/models: permission denied"}, 6),
              ElementsAre("Error: mkdir /srv/models: permission denied"));
}

TEST(LastWords, AreTheNewestLinesWhereNoReasonStands) {
  EXPECT_THAT(last_words({"a", "b", kConfig, "c", "[GIN] 2026/11/29 | 200 | GET \"/\"", "d"}, 2),
              ElementsAre("c", "d"));
  EXPECT_THAT(last_words({}, 6), IsEmpty());
}

TEST(LastWords, AreCutBetweenCharacters) {
  std::string line;
  for (int i = 0; i < 300; ++i) line += "é";
  const auto said = last_words({"x" + line}, 6);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0], "x" + line.substr(0, 398) + " ...");
}

}  // namespace
}  // namespace ollama_gpu
