// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "ollama_gpu/core/text/utf8.hpp"

namespace ollama_gpu {
namespace {

struct Case {
  const char* name;
  std::string_view text;
  std::optional<std::size_t> bad_at;
};

class Utf8 : public testing::TestWithParam<Case> {};

TEST_P(Utf8, FindsTheFirstInvalidByte) {
  EXPECT_EQ(first_invalid_utf8(GetParam().text), GetParam().bad_at);
  EXPECT_EQ(is_valid_utf8(GetParam().text), !GetParam().bad_at.has_value());
}

INSTANTIATE_TEST_SUITE_P(
    Rules, Utf8,
    testing::Values(
        Case{"empty", "", std::nullopt}, Case{"ascii", "abc\t\x01\x7f", std::nullopt},
        Case{"two_bytes", "\xC3\xA9", std::nullopt}, Case{"three", "\xE2\x82\xAC", std::nullopt},
        Case{"four", "\xF0\x9F\x98\x80", std::nullopt}, Case{"lone_continuation", "a\x80", 1},
        Case{"truncated", "ab\xE2\x82", 2}, Case{"overlong_two", "\xC1\x81", 0},
        Case{"overlong_three", "\xE0\x80\x80", 0}, Case{"overlong_four", "\xF0\x80\x80\x80", 0},
        Case{"surrogate", "x\xED\xA0\x80", 1},
        Case{"before_surrogates", "\xED\x9F\xBF", std::nullopt},
        Case{"above_last_plane", "\xF4\x90\x80\x80", 0},
        Case{"last_character", "\xF4\x8F\xBF\xBD", std::nullopt},
        Case{"noncharacter_fffe", "\xEF\xBF\xBE", 0}, Case{"noncharacter_ffff", "\xEF\xBF\xBF", 0},
        Case{"noncharacter_fdd0", "\xEF\xB7\x90", 0}, Case{"noncharacter_fdef", "\xEF\xB7\xAF", 0},
        Case{"after_fdef", "\xEF\xB7\xB0", std::nullopt},
        Case{"noncharacter_plane1", "\xF0\x9F\xBF\xBE", 0},
        Case{"replacement", "\xEF\xBF\xBD", std::nullopt},
        Case{"five_bytes", "\xF8\x88\x80\x80\x80", 0}, Case{"ff", "\xFF", 0},
        Case{"bad_second", "\xC3(", 0}),
    [](const testing::TestParamInfo<Case>& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace ollama_gpu
