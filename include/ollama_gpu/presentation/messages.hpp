// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <ostream>
#include <string>
#include <string_view>

#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu {

// How a stream is written to: decided once, from options, environment and isatty(3).
struct Style {
  bool terminal = false;  // progress may be redrawn in place
  bool color = false;
  bool utf8 = false;
  unsigned width = 80;  // columns
};

enum class Verbosity { quiet, normal, verbose };

// Text from outside (journal lines, GPU names) with control characters made harmless.
std::string printable(std::string_view text);

// JSON on one line, in which a terminal finds no command either: those characters, which can stand
// in strings only, as \uXXXX.
std::string printable_json(std::string_view json);

// Messages and progress on stderr. On a terminal a wait is one line redrawn in place; in a pipe
// one line when it starts and one every ten seconds; nothing with --quiet except errors.
class Messages {
 public:
  Messages(std::ostream& out, Style style, Verbosity verbosity)
      : out_(out), style_(style), verbosity_(verbosity) {}

  void note(std::string_view text);    // what is being done
  void detail(std::string_view text);  // with --verbose only
  void warning(std::string_view text);
  void error(const Error& error);  // message, place with a caret, hint
  // A wait goes on ("waiting for X"), since when, and how long at most (0: no limit). Seconds.
  void waiting(std::string_view what, double elapsed, double limit);
  void done_waiting();

  const Style& style() const { return style_; }
  Verbosity verbosity() const { return verbosity_; }

 private:
  std::ostream& out_;
  Style style_;
  Verbosity verbosity_;
  std::string waiting_for_ = {};
  double last_shown_ = 0;
};

}  // namespace ollama_gpu
