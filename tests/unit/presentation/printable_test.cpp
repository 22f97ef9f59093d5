// SPDX-License-Identifier: MIT
#include "ollama_gpu/presentation/printable.hpp"

#include <gtest/gtest.h>

namespace ollama_gpu {
namespace {

TEST(Printable, SpellsOutWhatATerminalWouldObey) {
  EXPECT_EQ(printable("plain ä 多"), "plain ä 多");
  EXPECT_EQ(printable("a\nb\tc\r"), "a\\nb\\tc\\r");
  EXPECT_EQ(printable(std::string_view("\0", 1)), "\\x00");
  EXPECT_EQ(printable("\x7f\xc2\x9b"), "\\x7f\\x9b");    // DEL, C1 CSI
  EXPECT_EQ(printable("\xe2\x80\xae"), "\\u202e");       // right-to-left override
  EXPECT_EQ(printable("\xd8\x9c"), "\\u061c");           // ARABIC LETTER MARK
  EXPECT_EQ(printable("a\xe2\x80\x8b"), "a\\u200b");     // no width
  EXPECT_EQ(printable("\xf3\xa0\x81\x81"), "\\ue0041");  // a tag
  EXPECT_EQ(printable("\xc0\xaf\xed\xa0\x80"), "\\xc0\\xaf\\xed\\xa0\\x80");  // overlong, surrogate
  EXPECT_EQ(printable("\xf0\x9f\x98"), "\\xf0\\x9f\\x98");                    // cut off
}

}  // namespace
}  // namespace ollama_gpu
