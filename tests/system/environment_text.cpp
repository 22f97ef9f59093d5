// SPDX-License-Identifier: MIT
#include <array>

#include "unit_trees.hpp"

namespace ollama_gpu {
namespace {

using namespace std::string_view_literals;

constexpr std::array kVariableNames = {"A"sv,   "B"sv,    "C"sv,
                                       "_e9"sv, "FILE"sv, "CUDA_VISIBLE_DEVICES"sv};
constexpr std::array kOddVariableNames = {"export A"sv, "1A"sv,  "A.B"sv,  ""sv,
                                          " A "sv,      "A\t"sv, "\"A\""sv};
constexpr std::array kVariablePieces = {
    "x"sv,  "0,1"sv, " "sv,  "\t"sv,   "'"sv, "\""sv,   "\\"sv,   "\\n"sv,     "$X"sv,
    "%n"sv, "#"sv,   " #"sv, ";"sv,    "="sv, "\\\""sv, "\\'"sv,  "\\ "sv,     "\\\\"sv,
    "`"sv,  "\\$"sv, "\n"sv, "\\\n"sv, "*"sv, "\r"sv,   "\x01"sv, "\xC3\xA9"sv};
constexpr std::array kLines = {
    ""sv,          "# comment"sv, "; comment"sv,  "# ends in \\"sv, "  # indented"sv,
    "no equals"sv, "=value"sv,    "# bad \xFF"sv, "\xEF\xBB\xBF"sv};

std::string value(Dice& dice) {
  std::string text;
  const std::size_t kind = dice.below(4);
  const std::string_view quote = kind == 0 ? "\""sv : kind == 1 ? "'"sv : ""sv;
  text += quote;
  for (std::size_t n = dice.below(6); n > 0; --n) text += dice.pick(kVariablePieces);
  return text.append(quote);
}

}  // namespace

std::string make_environment_file(Dice& dice) {
  std::string text;
  for (std::size_t n = dice.below(7); n > 0; --n) {
    if (dice.one_in(5)) {
      text += dice.pick(kLines);
    } else {
      const std::string_view name =
          dice.one_in(10) ? dice.pick(kOddVariableNames) : dice.pick(kVariableNames);
      text.append(name).append(dice.one_in(10) ? " = " : "=").append(value(dice));
    }
    text += dice.one_in(8) ? "\r\n" : "\n";
  }
  if (dice.one_in(8) && !text.empty()) text.pop_back();
  if (dice.one_in(60)) text += "BAD=\xC3\n";
  if (dice.one_in(60)) text += std::string("NUL=\0\n", 6);
  return text;
}

}  // namespace ollama_gpu
