// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "ollama_gpu/presentation/text_width.hpp"
#include "presentation/table.hpp"

namespace ollama_gpu {
namespace {

TEST(TextWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(display_width("abc"), 3U);
  EXPECT_EQ(display_width("ä"), 1U);
  EXPECT_EQ(display_width("多卡"), 4U);
  EXPECT_EQ(display_width("e\xcc\x81"), 1U);  // e and a combining accent
  EXPECT_EQ(display_width("\xff\xfe"), 2U);
  EXPECT_EQ(display_width(""), 0U);
}

TEST(TextWidth, CutsWithoutBreakingACharacter) {
  EXPECT_EQ(cut_to_width("abcdef", 6, "..."), "abcdef");
  EXPECT_EQ(cut_to_width("abcdef", 5, "..."), "ab...");
  EXPECT_EQ(cut_to_width("多卡部署", 5, "…"), "多卡…");
  EXPECT_EQ(cut_to_width("abcdef", 2, "..."), "..");
}

TEST(TextWidth, WrapsAtBlanks) {
  EXPECT_EQ(wrap_text("one two three", 7), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(wrap_text("averylongword x", 5), (std::vector<std::string>{"averylongword", "x"}));
  EXPECT_EQ(wrap_text("", 5), (std::vector<std::string>{""}));
  EXPECT_EQ(wrap_indented("one two three four five", 34, 10), "one two three four five");
  EXPECT_EQ(wrap_indented("one two three four five", 31, 10), "one two three four\n          five");
}

TEST(TextWidth, FormatsDurations) {
  EXPECT_EQ(format_duration(0.4), "0s");
  EXPECT_EQ(format_duration(59), "59s");
  EXPECT_EQ(format_duration(200), "3m 20s");
  EXPECT_EQ(format_duration(11532), "3h 12m");
  EXPECT_EQ(format_duration(800000), "9d 6h");
  EXPECT_EQ(format_duration(-1), "?");
}

Table sample() {
  Table table({{"ID", true}, {"NAME", false, 0, 8}, {"PCI", false, 2}, {"UUID", false, 3}});
  table.add({{"0"}, {"NVIDIA GeForce RTX 4090"}, {"0000:01:00.0"}, {"GPU-58a8"}});
  table.add({{"10"}, {"Tesla"}, {}, {"GPU-77"}});
  return table;
}

std::string rendered(unsigned width) {
  Style style;
  style.width = width;
  return sample().render(style);
}

TEST(Table, AlignsItsColumns) {
  EXPECT_EQ(rendered(80),
            "ID  NAME                     PCI           UUID\n"
            " 0  NVIDIA GeForce RTX 4090  0000:01:00.0  GPU-58a8\n"
            "10  Tesla                                  GPU-77\n");
}

TEST(Table, ShrinksAndThenDropsColumns) {
  EXPECT_EQ(rendered(40),
            "ID  NAME          PCI           UUID\n"
            " 0  NVIDIA Ge...  0000:01:00.0  GPU-58a8\n"
            "10  Tesla                       GPU-77\n");
  EXPECT_EQ(rendered(30),
            "ID  NAME          PCI\n"
            " 0  NVIDIA Ge...  0000:01:00.0\n"
            "10  Tesla\n");
  EXPECT_EQ(rendered(20), "ID  NAME\n 0  NVIDIA GeForc...\n10  Tesla\n");
  EXPECT_EQ(rendered(10), "ID  NAME\n 0  NVIDI...\n10  Tesla\n");
}

TEST(Table, FoldsInsteadOfDropping) {
  Style style;
  style.width = 30;
  EXPECT_EQ(sample().fold().render(style),
            "ID  NAME          PCI\n"
            " 0  NVIDIA Ge...  0000:01:00.0\n"
            "    UUID GPU-58a8\n"
            "10  Tesla\n"
            "    UUID GPU-77\n");
  style.width = 22;
  EXPECT_EQ(sample().fold().render(style),
            "ID  NAME\n"
            " 0  NVIDIA GeForce ...\n"
            "    PCI 0000:01:00.0\n"
            "    UUID GPU-58a8\n"
            "10  Tesla\n"
            "    UUID GPU-77\n");
}

TEST(Table, ColumnsOfOneDropGoTogether) {
  Table table({{"A"}, {"B", false, 1}, {"C", false, 1}});
  table.add({{"aaaa"}, {"bbbb"}, {"cccc"}});
  Style style;
  style.width = 12;
  EXPECT_EQ(table.render(style), "A\naaaa\n");
}

TEST(Table, LeavesOutAColumnWithoutText) {
  Table table({{"A"}, {"B"}, {"C"}});
  table.add({{"1"}, {}, {"3"}});
  EXPECT_EQ(table.render({}), "A  C\n1  3\n");
}

TEST(Paint, BarsAreReadableWithoutUtf8) {
  Style style;
  EXPECT_EQ(bar(style, 0.5, 0, 4), "[##--]");
  EXPECT_EQ(bar(style, 0.5, 0.25, 4), "[##=-]");
  EXPECT_EQ(bar(style, 7, 1, 4), "[####]");
  EXPECT_EQ(bar(style, 0.01, 0.01, 4), "[#=--]");
  EXPECT_EQ(bar_legend(style, "Ollama", "others"), "# Ollama  = others  - free");
  style.utf8 = true;
  EXPECT_EQ(bar(style, 0.25, 0.25, 4), "█▒░░");
}

TEST(Paint, ColoursTakeNoColumns) {
  Style style;
  style.color = style.utf8 = true;
  const std::string painted = bar(style, 0.5, 0.25, 4);
  EXPECT_NE(painted.find('\x1b'), std::string::npos);
  EXPECT_EQ(display_width(painted), 4U);
}

}  // namespace
}  // namespace ollama_gpu
