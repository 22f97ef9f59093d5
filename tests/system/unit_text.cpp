// SPDX-License-Identifier: MIT
#include <array>

#include "unit_trees.hpp"

namespace ollama_gpu {
namespace {

using namespace std::string_view_literals;

constexpr std::array kNames = {"A"sv, "B"sv, "C"sv, "D"sv, "_e9"sv, "CUDA_VISIBLE_DEVICES"sv};
constexpr std::array kOddNames = {"1A"sv,    "A.B"sv,      "A-B"sv, ""sv,   "X%j"sv, "\xC3\xA9"sv,
                                  "\\x41"sv, "export A"sv, "A "sv,  "%n"sv, "A%%"sv};
constexpr std::array kPieces = {"x"sv,
                                "1"sv,
                                "0,1"sv,
                                "/a/b"sv,
                                ":"sv,
                                "-"sv,
                                "="sv,
                                ","sv,
                                "$X"sv,
                                "${X}"sv,
                                "#"sv,
                                ";"sv,
                                "~"sv,
                                "*"sv,
                                "["sv,
                                "]"sv,
                                "\xC3\xA9"sv,
                                "\xE2\x80\x9C"sv,
                                "\xF0\x9F\x98\x80"sv};
constexpr std::array kEscapes = {
    "\\n"sv,         "\\t"sv,   "\\a"sv,    "\\s"sv,        "\\\\"sv,  "\\\""sv,
    "\\'"sv,         "\\x41"sv, "\\x20"sv,  "\\x7f"sv,      "\\101"sv, "\\u00e9"sv,
    "\\U0001f600"sv, "\\x25"sv, "\\x25n"sv, "\\xc3\\xa9"sv, "\\x3d"sv, "\\x01"sv};
constexpr std::array kBadEscapes = {
    "\\q"sv,    "\\x00"sv,   "\\000"sv,       "\\x4"sv,        "\\400"sv, "\\12"sv,
    "\\u20a"sv, "\\ud800"sv, "\\U0000d800"sv, "\\U00110000"sv, "\\xff"sv, "\\ufffe"sv,
    "\\ "sv,    "\\u0000"sv, "\\$"sv,         "\\U0000fffe"sv, "\\8"sv};
constexpr std::array kSpecifiers = {"%%"sv, "%n"sv, "%N"sv,  "%p"sv, "%P"sv, "%i"sv, "%I"sv, "%j"sv,
                                    "%J"sv, "%f"sv, "%%n"sv, "%t"sv, "%H"sv, "%h"sv, "%u"sv, "%U"sv,
                                    "%s"sv, "%m"sv, "%b"sv,  "%v"sv, "%T"sv, "%S"sv, "%A"sv, "%o"sv,
                                    "%y"sv, "%Y"sv, "%d"sv,  "%l"sv, "%E"sv, "%C"sv, "%L"sv, "%V"sv,
                                    "%g"sv, "%G"sv, "%w"sv,  "%W"sv, "%B"sv, "%M"sv};
constexpr std::array kOddSpecifiers = {"%"sv,  "% "sv,  "%-"sv,        "%4"sv, "%40"sv, "%z"sv,
                                       "%Z"sv, "%%%"sv, "%\xC3\xA9"sv, "%k"sv, "%\""sv};
constexpr std::array kOddBytes = {"\x01"sv, "\v"sv,       "\f"sv,       "\x7f"sv,
                                  "\x1b"sv, "\xC2\x80"sv, "\xC2\xA0"sv, "\xE2\x80\xA8"sv};
constexpr std::array kBadUtf8 = {"\xFF"sv,
                                 "\xC3"sv,
                                 "\x80"sv,
                                 "\xED\xA0\x80"sv,
                                 "\xEF\xBF\xBE"sv,
                                 "\xEF\xB7\x90"sv,
                                 "\xF4\x90\x80\x80"sv,
                                 "\xC0\x80"sv,
                                 "\xF0\x9F\xBF\xBF"sv};
constexpr std::array kBlanks = {" "sv, "  "sv, "\t"sv, " \t "sv};
constexpr std::array kHeaders = {"[Unit]"sv,      "[Install]"sv, "[X-Mine]"sv, "[service]"sv,
                                 "[ Service ]"sv, "[Socket]"sv,  "[]"sv,       "  [Service]  "sv,
                                 "[Service] "sv,  "[X-]"sv,      "[Mine]"sv};
constexpr std::array kBrokenHeaders = {"[Service"sv,    "[Service] # c"sv, "["sv,
                                       "[Ser\"vice]"sv, "[Ser\tvice]"sv,   "[Ser\\vice]"sv,
                                       "[Service];"sv,  "[a'b]"sv};
constexpr std::array kNoise = {""sv,
                               "  "sv,
                               "# comment"sv,
                               "; comment"sv,
                               " \t# Environment=A=comment"sv,
                               "# ends in \\"sv,
                               "nonsense"sv,
                               "=no key"sv,
                               "Unknown=1"sv,
                               "environment=A=lower"sv,
                               "# bad \xFF"sv,
                               "\xEF\xBB\xBF# marked"sv,
                               ".include /etc/x"sv,
                               "X-Foo=1"sv,
                               "\\"sv,
                               "Environment"sv,
                               "Environment A=1"sv,
                               " ;"sv};
constexpr std::array kFiles = {"/etc/default/x"sv,
                               "-/etc/default/x"sv,
                               "/a//b/./c/"sv,
                               "/a/../b"sv,
                               "relative"sv,
                               "-"sv,
                               "\"/a\""sv,
                               "/a b"sv,
                               "/etc/*.env"sv,
                               "-/%i/x"sv,
                               "/%4"sv,
                               "/"sv,
                               "--/a"sv,
                               "- /a"sv,
                               "/a/.."sv,
                               "/x%%y"sv,
                               "/..a"sv,
                               "/a\\x20b"sv,
                               "-/%I"sv};

std::string piece(Dice& dice) {
  const std::size_t kind = dice.below(40);
  if (kind < 20) return std::string(dice.pick(kPieces));
  if (kind < 28) return std::string(dice.pick(kEscapes));
  if (kind < 34) return std::string(dice.pick(kSpecifiers));
  if (kind < 35) return std::string(dice.pick(kBadEscapes));
  if (kind < 37) return std::string(dice.pick(kOddSpecifiers));
  return std::string(dice.pick(kOddBytes));
}

// Any characters the splitter and the expander look at, in any order.
std::string soup(Dice& dice) {
  constexpr std::string_view kCharacters = " \t\"'\\%=AxnNu0147s#;\\%\"' ";
  std::string text;
  for (std::size_t n = dice.below(24); n > 0; --n) text += dice.pick(kCharacters);
  return text;
}

std::string pieces(Dice& dice, bool with_blanks) {
  std::string text;
  for (std::size_t n = dice.below(5); n > 0; --n) {
    text += piece(dice);
    if (with_blanks && dice.one_in(3)) text += ' ';
  }
  return text;
}

std::string assignment(Dice& dice) {
  std::string name(dice.one_in(12) ? dice.pick(kOddNames) : dice.pick(kNames));
  switch (dice.below(8)) {
    case 0:
      return "\"" + name + "=" + pieces(dice, true) + "\"";
    case 1:
      return "'" + name + "=" + pieces(dice, true) + "'";
    case 2:
      return name + "=\"" + pieces(dice, true) + "\"" + pieces(dice, false);
    case 3:
      return name + "=" + pieces(dice, false) + "'" + pieces(dice, true) + "'";
    case 4:
      return dice.one_in(4) ? soup(dice) : name + "=";
    default:
      return name + "=" + pieces(dice, false);
  }
}

std::string words(Dice& dice, std::string (*word)(Dice&)) {
  std::string text;
  for (std::size_t n = 1 + dice.below(4); n > 0; --n) {
    text += word(dice);
    if (n > 1) text += dice.pick(kBlanks);
    if (dice.one_in(12)) text += "\\\n";
    if (dice.one_in(60)) text += "\\\n# between\\\n";
    if (dice.one_in(80)) text += "\\ \n";
  }
  if (dice.one_in(60)) text += '"';
  if (dice.one_in(80)) text += "\\";
  if (dice.one_in(60)) text += " # no comment";
  return text;
}

std::string name_word(Dice& dice) {
  const std::size_t kind = dice.below(12);
  if (kind == 0) return soup(dice);
  if (kind == 1) return std::string(dice.pick(kOddNames));
  if (kind == 2) return "\"" + std::string(dice.pick(kNames)) + "\"";
  if (kind == 3) return assignment(dice);
  return std::string(dice.pick(kNames));
}

std::string environment_file(Dice& dice, const TextStyle& style) {
  if (style.environment_files.empty() || dice.one_in(style.starts ? 12 : 2)) {
    const std::string path(dice.pick(kFiles));
    return style.starts && path.front() == '/' ? "-" + path : path;
  }
  std::string path = dice.pick(style.environment_files);
  if (dice.one_in(6)) path = path.substr(0, path.rfind('/')) + "/*.env";
  if (dice.one_in(10)) path.replace(path.rfind('/'), 1, "/./");
  return (dice.one_in(3) ? "-" : "") + path;
}

std::string directive(Dice& dice, const TextStyle& style) {
  const std::string equals = dice.one_in(6) ? std::string(dice.pick(kBlanks)) + "= " : "=";
  const std::string indent(dice.one_in(10) ? dice.pick(kBlanks) : ""sv);
  const std::size_t kind = dice.below(24);
  if (kind < 17) return indent + "Environment" + equals + words(dice, assignment);
  if (kind == 18) return "Environment" + equals;
  if (kind == 19) return "Environment=\"\"";
  if (kind == 17 || kind == 20) return "EnvironmentFile" + equals + environment_file(dice, style);
  if (kind == 21) return "PassEnvironment" + equals + words(dice, name_word);
  if (kind == 22) return "UnsetEnvironment" + equals + words(dice, name_word);
  constexpr std::array kResets = {"EnvironmentFile="sv, "PassEnvironment="sv,
                                  "UnsetEnvironment="sv};
  return std::string(dice.pick(kResets));
}

std::string line(Dice& dice, const TextStyle& style) {
  const std::size_t kind = dice.below(100);
  if (kind < 73) return directive(dice, style);
  if (kind < 78) return style.starts ? directive(dice, style) : make_setting(dice);
  if (kind < 90) return std::string(dice.pick(kNoise));
  if (kind < 94) return "[Service]";
  if (kind < 97) return std::string(dice.pick(kHeaders));
  if (kind < 98) return std::string(dice.pick(kBrokenHeaders));
  if (kind < 99) return "\xEF\xBB\xBF" + directive(dice, style);
  return "Environment=A=" + std::string(dice.pick(kBadUtf8));
}

std::string with_line_ends(Dice& dice, const std::string& text) {
  constexpr std::array kEnds = {"\r\n"sv, "\r"sv, "\0"sv, "\n\r"sv, "\r\n\0"sv, "\n\n"sv, "\r\r"sv};
  const bool mixed = dice.one_in(3);
  const std::string_view all = dice.pick(kEnds);
  std::string result;
  for (const char c : text) {
    if (c != '\n') {
      result += c;
    } else {
      result += mixed ? dice.pick(kEnds) : all;
    }
  }
  return result;
}

}  // namespace

std::string make_unit_text(Dice& dice, const TextStyle& style) {
  std::string text = "[Service]\n";
  if (style.is_fragment) {
    text += "Type=oneshot\nExecStart=" + style.command + "\n";
  } else if (dice.one_in(12)) {
    text = dice.one_in(2) ? "" : "\xEF\xBB\xBF[Service]\n";
  }
  for (std::size_t n = dice.below(7); n > 0; --n) text += line(dice, style) + "\n";
  if (dice.one_in(2000)) text += "Environment=LONG=" + std::string((1U << 20U) - 17, 'x') + "\n";
  if (dice.one_in(2000)) text += "Environment=LONG=" + std::string((1U << 20U) - 18, 'x') + "\n";
  if (dice.one_in(10)) text += "Environment=LAST=1 \\";
  if (dice.one_in(8)) return with_line_ends(dice, text);
  return text;
}

}  // namespace ollama_gpu
