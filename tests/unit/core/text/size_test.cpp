// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/text/size.hpp"

#include <gtest/gtest.h>

namespace ollama_gpu {
namespace {

constexpr std::uint64_t kGib = 1ULL << 30U;

TEST(ParseSize, KnowsUnits) {
  EXPECT_EQ(parse_size("1000000"), 1'000'000U);
  EXPECT_EQ(parse_size("20GiB"), 20 * kGib);
  EXPECT_EQ(parse_size("20g"), 20 * kGib);
  EXPECT_EQ(parse_size("512MiB"), kGib / 2);
  EXPECT_EQ(parse_size("1.5GiB"), kGib + kGib / 2);
  EXPECT_EQ(parse_size("2GB"), 2'000'000'000U);
  EXPECT_EQ(parse_size("1KiB"), 1024U);
  for (const char* text : {"", "GiB", "-1", "1 GiB", "1PB", "1.G", ".5G", "1.2.3G", "1.1234567G",
                           "99999999999999999999", "18446744073709551615GiB"}) {
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
  }
}

TEST(Size, IsShownInThreeDigits) {
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
