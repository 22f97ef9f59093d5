// SPDX-License-Identifier: MIT
#include "ollama_gpu/presentation/stream_messages.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace ollama_gpu {
namespace {

std::string shown(const Error& error, Style style = {}) {
  std::ostringstream out;
  StreamMessages(out, style, ports::Verbosity::normal).error(error);
  return out.str();
}

TEST(StreamMessages, AnErrorHasItsPlaceACaretAndAHint) {
  const Error error{Errc::conflict, "another file sets OLLAMA_HOST", "remove the line",
                    Location{"/etc/a.conf", 12, 5, "    Environment=\"OLLAMA_HOST=x\""}, 0};
  EXPECT_EQ(shown(error),
            "error: another file sets OLLAMA_HOST\n"
            " --> /etc/a.conf:12:5\n"
            "    |\n"
            " 12 |     Environment=\"OLLAMA_HOST=x\"\n"
            "    |     ^\n"
            "hint: remove the line\n");
}

TEST(StreamMessages, APlaceWithoutAFileShowsTheTextAlone) {
  const Error error{Errc::usage, "no such term", "", Location{"", 0, 3, "0,x"}, 0};
  EXPECT_EQ(shown(error), "error: no such term\n  |\n  | 0,x\n  |   ^\n");
}

TEST(StreamMessages, APlaceWithoutALineIsAFileAlone) {
  const Error error{Errc::failed, "cannot read it", "", Location{"/etc/a", 0, 0, ""}, 0};
  EXPECT_EQ(shown(error), "error: cannot read it\n --> /etc/a\n");
}

TEST(StreamMessages, TheCaretStandsBelowWideCharacters) {
  const Error error{Errc::usage, "bad", "", Location{"f", 1, 7, "多卡x"}, 0};
  EXPECT_EQ(shown(error), "error: bad\n --> f:1:7\n   |\n 1 | 多卡x\n   |     ^\n");
}

TEST(StreamMessages, AColumnBeyondTheLineIsAtItsEnd) {
  const Error error{Errc::usage, "bad", "", Location{"f", 1, 99, "ab"}, 0};
  EXPECT_EQ(shown(error), "error: bad\n --> f:1:99\n   |\n 1 | ab\n   |   ^\n");
}

TEST(StreamMessages, ALongLineIsShownAroundItsCaret) {
  Location place{"f", 1, 501, std::string(500, 'a') + "!" + std::string(500, 'b')};
  const std::string text = shown({Errc::usage, "bad", "", place, 0});
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line)) EXPECT_LE(line.size(), 80U) << line;
  EXPECT_NE(text.find("a!b"), std::string::npos) << text;
}

TEST(StreamMessages, HostileTextIsSpelledOut) {
  const Error error{Errc::failed, "a\x1b[2Jb\xff", "one\ntwo\x07"};
  EXPECT_EQ(shown(error), "error: a\\x1b[2Jb\\xff\nhint: one\n      two\\x07\n");
}

TEST(StreamMessages, ColourIsOnlyForTheStyleThatHasIt) {
  Style style;
  style.color = true;
  EXPECT_EQ(shown({Errc::failed, "x", "y"}, style),
            "\x1b[1;31merror:\x1b[0m x\n\x1b[1mhint:\x1b[0m y\n");
}

TEST(StreamMessages, QuietSaysErrorsOnly) {
  std::ostringstream out;
  StreamMessages messages(out, {}, ports::Verbosity::quiet);
  messages.note("n");
  messages.detail("d");
  messages.warning("w");
  messages.waiting("waiting for x", 1, 2);
  messages.done_waiting();
  EXPECT_EQ(out.str(), "");
  messages.error({Errc::failed, "e"});
  EXPECT_EQ(out.str(), "error: e\n");
}

TEST(StreamMessages, DetailsAreForVerbose) {
  std::ostringstream out;
  StreamMessages(out, {}, ports::Verbosity::normal).detail("d");
  EXPECT_EQ(out.str(), "");
  StreamMessages(out, {}, ports::Verbosity::verbose).detail("d");
  EXPECT_EQ(out.str(), "d\n");
}

TEST(StreamMessages, InAPipeAWaitIsALineAndAnotherEveryTenSeconds) {
  std::ostringstream out;
  StreamMessages messages(out, {}, ports::Verbosity::normal);
  for (int i = 0; i <= 250; ++i) messages.waiting("waiting for x", i / 10.0, 120);
  messages.done_waiting();
  EXPECT_EQ(out.str(),
            "waiting for x (at most 120 s)\n"
            "waiting for x, 10 s (at most 120 s)\n"
            "waiting for x, 20 s (at most 120 s)\n");
}

TEST(StreamMessages, OnATerminalAWaitIsOneLineThatGoesAway) {
  std::ostringstream out;
  Style style;
  style.terminal = true;
  style.width = 20;
  StreamMessages messages(out, style, ports::Verbosity::normal);
  messages.waiting("waiting for x", 0, 0);
  messages.waiting("waiting for x", 0.1, 0);  // too soon to be drawn
  messages.waiting("waiting for x", 1, 0);
  messages.note("done");
  EXPECT_EQ(out.str(),
            "\r\x1b[Kwaiting for x, 0 s"
            "\r\x1b[Kwaiting for x, 1 s"
            "\r\x1b[Kdone\n");
}

}  // namespace
}  // namespace ollama_gpu
