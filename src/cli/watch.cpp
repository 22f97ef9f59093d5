// SPDX-License-Identifier: MIT
#include "cli/watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "ollama_gpu/app/commands/status_page.hpp"
#include "ollama_gpu/presentation/paint.hpp"
#include "ollama_gpu/presentation/render.hpp"
#include "ollama_gpu/presentation/stream_messages.hpp"
#include "ollama_gpu/presentation/style.hpp"
#include "ollama_gpu/system/host/terminal.hpp"

namespace ollama_gpu::cli {
namespace {

constexpr double kPeriod = 1.0;      // seconds
constexpr double kLookAtKeys = 0.1;  // seconds
constexpr unsigned kRowsUnknown = 24;

using Page = app::Outcome<app::StatusReport>;

std::string page_of(const Page& outcome, const Style& style) {
  std::ostringstream page;
  render_text(page, style, outcome.report);
  if (outcome.error) {
    StreamMessages(page, style, ports::Verbosity::normal).error(*outcome.error);
  }
  return page.str();
}

class Watch {
 public:
  Watch(app::Context& context, bool json, std::string_view color)
      : context_(context), json_(json), color_(color), pages_(context) {
    if (!json) screen_.emplace();
  }

  // The signal that ended it; 0: a key did.
  Result<int> run() {
    while (true) {
      const double start = now();
      const Page page = pages_.next();
      if (const int signal = context_.clock.pending_signal()) return signal;
      if (auto shown = show(page); !shown) return Failure(shown.error());
      const double end = std::max(start + kPeriod, now() + kLookAtKeys / 2);
      while (now() < end) {
        context_.clock.sleep(ports::Clock::Seconds(std::min(end - now(), kLookAtKeys)));
        if (const int signal = context_.clock.pending_signal()) return signal;
        if (screen_ && screen_->is_quit()) return 0;
      }
    }
  }

  // What was seen last stays on the screen that was there before.
  Result<void> leave() {
    screen_.reset();
    return write_out(last_);
  }

 private:
  double now() const { return context_.clock.now().count(); }

  Result<void> show(const Page& page) {
    const Error* error = page.error ? &*page.error : nullptr;
    if (json_) return write_out(render_json("status", page.report, error) + '\n');
    // The window may have another size by now.
    const StreamFacts facts = facts_of(1);
    Style style = derive_style(facts.terminal, facts.columns, color_, own_variable);
    style.width -= style.width > 1 ? 1 : 0;  // some terminals wrap behind the last column
    last_ = page_of(page, style);
    const std::string end = paint(style, Tone::dim, "every second; q ends it") + '\n';
    return write_out(frame_of(last_ + '\n' + end, facts.rows > 0 ? facts.rows : kRowsUnknown));
  }

  app::Context& context_;
  bool json_;
  std::string_view color_;
  app::StatusPages pages_;
  std::optional<Screen> screen_ = {};
  std::string last_ = {};
};

}  // namespace

std::string frame_of(std::string_view page, unsigned rows) {
  std::vector<std::string_view> lines;
  while (!page.empty()) {
    const std::size_t end = page.find('\n');
    lines.push_back(page.substr(0, end));
    page.remove_prefix(end == std::string_view::npos ? page.size() : end + 1);
  }
  const std::size_t room = std::max(rows, 2U);
  const bool cut = lines.size() > room;
  const std::size_t shown = cut ? room - 1 : lines.size();
  std::string frame = "\x1b[H";
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) frame += "\r\n";
    frame.append(lines[i]).append("\x1b[K");
  }
  if (cut) frame += fmt::format("\r\n({} more lines)\x1b[K", lines.size() - shown);
  return frame + "\x1b[J";
}

Result<int> watch_status(app::Context& context, bool json, std::string_view color) {
  Watch watch(context, json, color);
  auto signal = watch.run();
  if (auto left = watch.leave(); !left && signal) return Failure(left.error());
  return signal;
}

}  // namespace ollama_gpu::cli
