// SPDX-License-Identifier: MIT
#include "core/systemd/words.hpp"

#include <gtest/gtest.h>

namespace ollama_gpu {
namespace {

struct Case {
  const char* name;
  std::string_view value;
  std::vector<std::string> words;
  std::optional<std::size_t> broken_at = std::nullopt;
};

std::vector<std::string> texts(const WordList& list) {
  std::vector<std::string> result;
  for (const Word& word : list.words) result.push_back(word.text);
  return result;
}

std::string name_of(const testing::TestParamInfo<Case>& info) { return info.param.name; }

class CStyleWords : public testing::TestWithParam<Case> {};

TEST_P(CStyleWords, AreSplitAsSystemdDoes) {
  const WordList list = split_words(GetParam().value, Escapes::c_style);
  EXPECT_EQ(texts(list), GetParam().words);
  EXPECT_EQ(list.broken_at, GetParam().broken_at);
}

INSTANTIATE_TEST_SUITE_P(
    Rules, CStyleWords,
    testing::Values(
        Case{"empty", "", {}}, Case{"blanks_only", " \t\n\r", {}},
        Case{"separators", "a b\tc\nd\re", {"a", "b", "c", "d", "e"}},
        Case{"form_feed_is_no_separator", "a\fb\vc", {"a\fb\vc"}},
        Case{"double_quotes", "\"A=x y\" B=2", {"A=x y", "B=2"}},
        Case{"single_quotes", "'A=x y'", {"A=x y"}},
        Case{"quote_inside_word", "A=\"x y\"", {"A=x y"}},
        Case{"quotes_in_the_middle", "A=x\"y z\"w", {"A=xy zw"}},
        Case{"pieces_join", "'a b'\"c d\"e", {"a bc de"}},
        Case{"empty_quotes_are_a_word", "\"\" ''", {"", ""}},
        Case{"other_quote_is_plain", "\"it's\" 'say \"x\"'", {"it's", "say \"x\""}},
        Case{"hash_is_no_comment", "A=1 # c", {"A=1", "#", "c"}},
        Case{"letters", R"(\a\b\f\n\r\t\v)", {"\a\b\f\n\r\t\v"}},
        Case{"marks", R"(\\\"\')", {"\\\"'"}}, Case{"space", R"(a\sb)", {"a b"}},
        Case{"hex", R"(\x41\x7e)", {"A~"}}, Case{"hex_byte", R"(\xff)", {"\xff"}},
        Case{"octal", R"(\101\377)", {"A\xff"}}, Case{"unicode16", R"(\u20ac)", {"\xE2\x82\xAC"}},
        Case{"unicode32", R"(\U0001f600)", {"\xF0\x9F\x98\x80"}},
        Case{"surrogate16_passes", R"(\ud800)", {"\xED\xA0\x80"}},
        Case{"escapes_in_single_quotes", R"('it\'s')", {"it's"}},
        Case{"escaped_blank_keeps_word_together", R"(a\x20b)", {"a b"}},
        Case{"escaped_space_is_unknown", R"(a\ b)", {}, 1},
        Case{"unknown_escape", R"(A=1 B=\q C=3)", {"A=1"}, 6},
        Case{"windows_path", R"(A=C:\Users)", {}, 4}, Case{"nul_hex", R"(a \x00)", {"a"}, 2},
        Case{"nul_octal", R"(\000)", {}, 0}, Case{"nul_unicode", R"(\u0000)", {}, 0},
        Case{"octal_too_large", R"(\400)", {}, 0}, Case{"octal_too_short", R"(\12)", {}, 0},
        Case{"octal_bad_digit", R"(\128)", {}, 0}, Case{"hex_too_short", R"(\x4)", {}, 0},
        Case{"unicode_too_short", R"(\u20a)", {}, 0}, Case{"surrogate32", R"(\U0000d800)", {}, 0},
        Case{"beyond_unicode", R"(\U00110000)", {}, 0},
        Case{"trailing_backslash", R"(a b\)", {"a"}, 3},
        Case{"unbalanced_double", "A=1 B=\"x y", {"A=1"}, 6}, Case{"unbalanced_single", "'", {}, 0},
        Case{"bad_escape_in_quotes", R"("a\q")", {}, 2},
        Case{"backslash_ends_quotes", R"("a\)", {}, 2}),
    name_of);

class PlainWords : public testing::TestWithParam<Case> {};

TEST_P(PlainWords, KeepWhatFollowsABackslash) {
  const WordList list = split_words(GetParam().value, Escapes::none);
  EXPECT_EQ(texts(list), GetParam().words);
  EXPECT_EQ(list.broken_at, GetParam().broken_at);
}

INSTANTIATE_TEST_SUITE_P(Rules, PlainWords,
                         testing::Values(Case{"plain", "A B", {"A", "B"}},
                                         Case{"quoted", "\"A B\" 'C'", {"A B", "C"}},
                                         Case{"no_c_escape", R"(a\nb)", {"anb"}},
                                         Case{"escaped_blank", R"(a\ b)", {"a b"}},
                                         Case{"escaped_backslash", R"(a\\b)", {"a\\b"}},
                                         Case{"trailing_backslash", R"(A B\)", {"A"}, 3},
                                         Case{"unbalanced", "A \"B", {"A"}, 2}),
                         name_of);

TEST(Words, KnowWhereTheyStand) {
  const WordList list = split_words("  A=1\t\"B=2\"  C", Escapes::c_style);
  ASSERT_EQ(list.words.size(), 3U);
  EXPECT_EQ(list.words[0].offset, 2U);
  EXPECT_EQ(list.words[1].offset, 6U);
  EXPECT_EQ(list.words[2].offset, 13U);
}

TEST(Words, OfALongLineTakeLinearTime) {
  std::string line;
  while (line.size() < 1000000) line += "A=1 ";
  EXPECT_EQ(split_words(line, Escapes::c_style).words.size(), 250000U);
}

}  // namespace
}  // namespace ollama_gpu
