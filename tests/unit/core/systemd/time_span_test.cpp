// SPDX-License-Identifier: MIT
#include "core/systemd/time_span.hpp"

#include <gtest/gtest.h>

namespace ollama_gpu {
namespace {

// What systemd-analyze timespan of systemd 252 said of each.
TEST(TimeSpan, IsReadAsSystemdReadsIt) {
  EXPECT_EQ(parse_time_span("90"), 90'000'000U);
  EXPECT_EQ(parse_time_span("90s"), 90'000'000U);
  EXPECT_EQ(parse_time_span("1min 30s"), 90'000'000U);
  EXPECT_EQ(parse_time_span("1min30"), 90'000'000U);
  EXPECT_EQ(parse_time_span(" 2 h "), 7'200'000'000U);
  EXPECT_EQ(parse_time_span("1m"), 60'000'000U);
  EXPECT_EQ(parse_time_span("1M"), 2'629'800'000'000U);
  EXPECT_EQ(parse_time_span("5ms"), 5'000U);
  EXPECT_EQ(parse_time_span("7us"), 7U);
  EXPECT_EQ(parse_time_span("7\xc2\xb5s"), 7U);
  EXPECT_EQ(parse_time_span("1.5min"), 90'000'000U);
  EXPECT_EQ(parse_time_span(".5"), 500'000U);
  EXPECT_EQ(parse_time_span("12.34 .56"), 12'900'000U);
  EXPECT_EQ(parse_time_span("12.34s.56"), 12'900'000U);
  EXPECT_EQ(parse_time_span("0"), 0U);
  EXPECT_EQ(parse_time_span("infinity"), kNoLimit);
  EXPECT_EQ(parse_time_span("1y"), 31'557'600'000'000U);
}

TEST(TimeSpan, RefusesWhatSystemdRefuses) {
  for (const char* text : {"", " ", "soon", "5x", "s", "-1", "12.34.56", "infinity s", "5 parsecs",
                           "5.", ".", "1 . 5", "99999999999999999999", "18446744073709551615"}) {
    EXPECT_FALSE(parse_time_span(text)) << text;
  }
}

}  // namespace
}  // namespace ollama_gpu
