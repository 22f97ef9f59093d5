// SPDX-License-Identifier: MIT
#include "cli/watch.hpp"

#include <gtest/gtest.h>

namespace ollama_gpu::cli {
namespace {

TEST(Watch, DrawsOverTheFormerPage) {
  EXPECT_EQ(frame_of("one\ntwo\n", 24), "\x1b[Hone\x1b[K\r\ntwo\x1b[K\x1b[J");
  EXPECT_EQ(frame_of("", 24), "\x1b[H\x1b[J");
}

TEST(Watch, NeverDrawsMoreLinesThanThereAre) {
  EXPECT_EQ(frame_of("1\n2\n3\n", 3), "\x1b[H1\x1b[K\r\n2\x1b[K\r\n3\x1b[K\x1b[J");
  EXPECT_EQ(frame_of("1\n2\n3\n4\n", 3), "\x1b[H1\x1b[K\r\n2\x1b[K\r\n(2 more lines)\x1b[K\x1b[J");
  EXPECT_EQ(frame_of("1\n2\n3\n", 0), "\x1b[H1\x1b[K\r\n(2 more lines)\x1b[K\x1b[J");
}

}  // namespace
}  // namespace ollama_gpu::cli
