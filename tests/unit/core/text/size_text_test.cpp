// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/text/size_text.hpp"

#include <gtest/gtest.h>

namespace ollama_gpu {
namespace {

TEST(SizeText, HasThreeDigitsAtMost) {
  EXPECT_EQ(format_size(0), "0 B");
  EXPECT_EQ(format_size(1023), "1023 B");
  EXPECT_EQ(format_size(1536), "1.5 KiB");
  EXPECT_EQ(format_size(1024ULL * 1024 * 1024 - 1), "1.0 GiB");
  EXPECT_EQ(format_size(40ULL << 30U), "40.0 GiB");
  EXPECT_EQ(format_size(141ULL << 30U), "141 GiB");
  EXPECT_EQ(format_size(UINT64_MAX), "16.0 EiB");
}

}  // namespace
}  // namespace ollama_gpu
