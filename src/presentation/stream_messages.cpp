// SPDX-License-Identifier: MIT
#include "ollama_gpu/presentation/stream_messages.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ollama_gpu/core/text/utf8.hpp"
#include "ollama_gpu/presentation/paint.hpp"
#include "ollama_gpu/presentation/printable.hpp"
#include "ollama_gpu/presentation/text_width.hpp"
#include "presentation/excerpt.hpp"

namespace ollama_gpu {
namespace {

constexpr double kRedraw = 0.25;  // seconds, on a terminal
constexpr double kRemind = 10;    // seconds, in a pipe
constexpr std::string_view kClearLine = "\r\x1b[K";

// A text of several lines, each made harmless, those after the first indented.
std::string printable_lines(std::string_view text, std::size_t indent) {
  std::string out;
  while (true) {
    const std::size_t end = text.find('\n');
    out += printable(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
    if (text.empty()) return out;
    out.append("\n").append(indent, ' ');
  }
}

}  // namespace

void StreamMessages::note(std::string_view text) {
  if (verbosity_ == ports::Verbosity::quiet) return;
  done_waiting();
  out_ << printable_lines(text, 2) << '\n' << std::flush;
}

void StreamMessages::detail(std::string_view text) {
  if (verbosity_ != ports::Verbosity::verbose) return;
  done_waiting();
  out_ << paint(style_, Tone::dim, printable_lines(text, 2)) << '\n' << std::flush;
}

void StreamMessages::warning(std::string_view text) {
  if (verbosity_ == ports::Verbosity::quiet) return;
  done_waiting();
  out_ << paint(style_, Tone::caution, "warning:") << ' ' << printable_lines(text, 9) << '\n'
       << std::flush;
}

void StreamMessages::error(const Error& error) {
  done_waiting();
  out_ << paint(style_, Tone::bad, "error:") << ' ' << printable_lines(error.message, 7) << '\n';
  if (error.location) {
    const std::string where = place_text(*error.location);
    if (!where.empty()) out_ << ' ' << paint(style_, Tone::dim, "-->") << ' ' << where << '\n';
    if (!error.location->text.empty()) out_ << excerpt(style_, *error.location);
  }
  if (!error.hint.empty()) {
    out_ << paint(style_, Tone::bold, "hint:") << ' ' << printable_lines(error.hint, 6) << '\n';
  }
  out_ << std::flush;
}

void StreamMessages::waiting(std::string_view what, double elapsed, double limit) {
  if (verbosity_ == ports::Verbosity::quiet) return;
  const bool first = waiting_for_ != what;
  const double every = style_.terminal ? kRedraw : kRemind;
  if (!first && elapsed >= last_shown_ && elapsed - last_shown_ < every) return;
  if (first && !waiting_for_.empty()) done_waiting();
  waiting_for_ = what;
  last_shown_ = elapsed;
  std::string line = printable(what);
  if (!first || style_.terminal) line += fmt::format(", {:.0f} s", elapsed);
  if (limit > 0) line += fmt::format(" (at most {:.0f} s)", limit);
  if (style_.terminal) {
    const std::size_t width = style_.width > 1 ? style_.width - 1 : 1;
    out_ << kClearLine << cut_to_width(line, width, ellipsis(style_)) << std::flush;
  } else {
    out_ << line << '\n' << std::flush;
  }
}

void StreamMessages::done_waiting() {
  if (waiting_for_.empty()) return;
  if (style_.terminal) out_ << kClearLine << std::flush;
  waiting_for_.clear();
  last_shown_ = 0;
}

}  // namespace ollama_gpu
