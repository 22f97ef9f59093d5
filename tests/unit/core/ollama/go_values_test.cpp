// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/ollama/go_values.hpp"

#include <gtest/gtest.h>

#include <random>

namespace ollama_gpu {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kHour = 3600 * kSecond;

TEST(TrimLikeOllama, TakesBlanksThenQuotes) {
  EXPECT_EQ(trim_like_ollama("  24h\t\n"), "24h");
  EXPECT_EQ(trim_like_ollama("\"24h\""), "24h");
  EXPECT_EQ(trim_like_ollama(" ''\"24h'\" "), "24h");
  EXPECT_EQ(trim_like_ollama("\" 24h \""), " 24h ");  // quotes last: the blanks inside stay
  EXPECT_EQ(trim_like_ollama("\xE3\x80\x80"
                             "5m\xC2\xA0"),
            "5m");
  EXPECT_EQ(trim_like_ollama(" \" "), "");
  EXPECT_EQ(trim_like_ollama(""), "");
}

TEST(GoBool, KnowsTwelveWords) {
  for (const char* text : {"1", "t", "T", "TRUE", "true", "True"}) {
    EXPECT_EQ(parse_go_bool(text), true) << text;
  }
  for (const char* text : {"0", "f", "F", "FALSE", "false", "False"}) {
    EXPECT_EQ(parse_go_bool(text), false) << text;
  }
  for (const char* text : {"", "tRUE", "yes", "on", "off", "2", " 1", "01"}) {
    EXPECT_EQ(parse_go_bool(text), std::nullopt) << text;
  }
}

TEST(GoUint, TakesDigitsOnly) {
  EXPECT_EQ(parse_go_uint("0"), 0U);
  EXPECT_EQ(parse_go_uint("007"), 7U);
  EXPECT_EQ(parse_go_uint("18446744073709551615"), UINT64_MAX);
  for (const char* text : {"18446744073709551616", "-1", "+5", "0x10", "1G", "1_000", "", " 1"}) {
    EXPECT_EQ(parse_go_uint(text), std::nullopt) << text;
  }
}

struct DurationRow {
  const char* text;
  std::optional<std::int64_t> expected;
};

class GoDuration : public testing::TestWithParam<DurationRow> {};

TEST_P(GoDuration, IsReadAsGoReadsIt) {
  EXPECT_EQ(parse_go_duration(GetParam().text), GetParam().expected) << GetParam().text;
}

// From Go's own tests (time/time_test.go, parseDurationTests) and Ollama's TestKeepAlive.
INSTANTIATE_TEST_SUITE_P(
    Table, GoDuration,
    testing::Values(DurationRow{"0", 0}, DurationRow{"+0", 0}, DurationRow{"-0", 0},
                    DurationRow{"5s", 5 * kSecond}, DurationRow{"-5s", -5 * kSecond},
                    DurationRow{"+5s", 5 * kSecond}, DurationRow{"5.0s", 5 * kSecond},
                    DurationRow{"5.6s", 5'600'000'000}, DurationRow{"5.s", 5 * kSecond},
                    DurationRow{".5s", kSecond / 2}, DurationRow{"1.004s", 1'004'000'000},
                    DurationRow{"100.00100s", 100'001'000'000}, DurationRow{"10ns", 10},
                    DurationRow{"11us", 11'000}, DurationRow{"12\xC2\xB5s", 12'000},
                    DurationRow{"12\xCE\xBCs", 12'000}, DurationRow{"13ms", 13'000'000},
                    DurationRow{"3h30m", kHour * 7 / 2}, DurationRow{"-1m", -60 * kSecond},
                    DurationRow{"1h2m3s", 3723 * kSecond}, DurationRow{"3s1h", 3603 * kSecond},
                    DurationRow{"39h9m14.425s", 140'954'425'000'000},
                    DurationRow{"9223372036854775807ns", INT64_MAX},
                    DurationRow{"9223372036854775.807us", INT64_MAX},
                    DurationRow{"-9223372036854775808ns", INT64_MIN},
                    DurationRow{"0.3333333333333333333h", 1'200'000'000'000},
                    DurationRow{"0.830103483285477580700h", 2'988'372'539'827},
                    DurationRow{"0.100000000000000000000h", 360'000'000'000},
                    DurationRow{"", std::nullopt}, DurationRow{"3", std::nullopt},
                    DurationRow{"-", std::nullopt}, DurationRow{"s", std::nullopt},
                    DurationRow{".", std::nullopt}, DurationRow{"-.", std::nullopt},
                    DurationRow{".s", std::nullopt}, DurationRow{"+.s", std::nullopt},
                    DurationRow{"1d", std::nullopt}, DurationRow{"1w", std::nullopt},
                    DurationRow{"1y", std::nullopt}, DurationRow{"24H", std::nullopt},
                    DurationRow{"5 m", std::nullopt}, DurationRow{"--1m", std::nullopt},
                    DurationRow{"\x85\x85", std::nullopt}, DurationRow{"3000000h", std::nullopt},
                    DurationRow{"9223372036854775808ns", std::nullopt},
                    DurationRow{"9223372036854775807.9ns9ns", std::nullopt},
                    DurationRow{"-9223372036854775809ns", std::nullopt},
                    DurationRow{"99999999999999999999h", std::nullopt}));

TEST(FormatGoDuration, IsGosString) {
  EXPECT_EQ(format_go_duration(0), "0s");
  EXPECT_EQ(format_go_duration(1), "1ns");
  EXPECT_EQ(format_go_duration(1100), "1.1\xC2\xB5s");
  EXPECT_EQ(format_go_duration(2'200'000), "2.2ms");
  EXPECT_EQ(format_go_duration(3'300'000'000), "3.3s");
  EXPECT_EQ(format_go_duration(300 * kSecond), "5m0s");
  EXPECT_EQ(format_go_duration(245'001'000'000), "4m5.001s");
  EXPECT_EQ(format_go_duration(18'367'001'000'000), "5h6m7.001s");
  EXPECT_EQ(format_go_duration(24 * kHour), "24h0m0s");
  EXPECT_EQ(format_go_duration(-kHour), "-1h0m0s");
  EXPECT_EQ(format_go_duration(kForeverNs), "2562047h47m16.854775807s");
  EXPECT_EQ(format_go_duration(INT64_MIN), "-2562047h47m16.854775808s");
}

TEST(FormatGoDuration, IsReadBackAsWhatItWas) {
  std::mt19937_64 random(4711);
  for (int i = 0; i < 20'000; ++i) {
    const auto value = static_cast<std::int64_t>(random() >> (random() % 64U));
    // ParseDuration adds fractions in floating point; whole nanoseconds survive.
    EXPECT_EQ(parse_go_duration(format_go_duration(value)), value);
    EXPECT_EQ(parse_go_duration(format_go_duration(-value)), -value);
  }
}

TEST(KeepAlive, IsReadAsOllamaReadsIt) {
  EXPECT_EQ(parse_keep_alive("24h"), 24 * kHour);
  EXPECT_EQ(parse_keep_alive("300"), 300 * kSecond);
  EXPECT_EQ(parse_keep_alive("+60"), 60 * kSecond);
  EXPECT_EQ(parse_keep_alive(" \"1h2m3s\" "), 3723 * kSecond);
  for (const char* text : {"0", "-0", "0s"}) EXPECT_EQ(parse_keep_alive(text), 0) << text;
  for (const char* text : {"-1", "-1m", "-1s", "-3600"}) {
    EXPECT_EQ(parse_keep_alive(text), kForeverNs) << text;
  }
  for (const char* text : {"", "1d", "1w", "1y", "???", "5 m", "24H", "forever", "1e3"}) {
    EXPECT_EQ(parse_keep_alive(text), std::nullopt) << text;
  }
  // 9223372037 s overflow into a negative Duration in Go, which means for ever.
  EXPECT_EQ(parse_keep_alive("9223372037"), kForeverNs);
  EXPECT_EQ(parse_keep_alive("9223372036854775808"), std::nullopt);
}

}  // namespace
}  // namespace ollama_gpu
