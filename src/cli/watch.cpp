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
#include "ollama_gpu/presentation/style.hpp"
#include "ollama_gpu/system/host/terminal.hpp"

namespace ollama_gpu::cli {
namespace {

using Seconds = ports::Clock::Seconds;

constexpr double kPeriod = 1.0;  // seconds
constexpr unsigned kRowsUnknown = 24;

std::string page_of(const app::Outcome<app::StatusReport>& outcome, const Style& style) {
  std::ostringstream page;
  render_text(page, style, outcome.report);
  if (outcome.error) {
    StreamMessages(page, style, ports::Verbosity::normal).error(*outcome.error);
  } else {
    page << '\n' << paint(style, Tone::dim, "every second; Ctrl-C ends it") << '\n';
  }
  return page.str();
}

class Watch {
 public:
  Watch(app::Context& context, bool json, std::string_view color)
      : context_(context), pages_(context), json_(json), color_(color) {
    if (!json) screen_.emplace();
  }

  Result<int> run() {
    while (true) {
      const double start = context_.clock.now().count();
      const auto outcome = pages_.next();
      if (const int signal = context_.clock.pending_signal()) return signal;
      if (auto shown = show(outcome); !shown) return Failure(shown.error());
      const double rest = kPeriod - (context_.clock.now().count() - start);
      context_.clock.sleep(Seconds(std::max(rest, 0.05)));
      if (const int signal = context_.clock.pending_signal()) return signal;
    }
  }

 private:
  Result<void> show(const app::Outcome<app::StatusReport>& outcome) {
    const Error* error = outcome.error ? &*outcome.error : nullptr;
    if (json_) {
      return write_out(render_json("status", outcome.report, error) + '\n');
    }
    // The window may have another size by now.
    const StreamFacts facts = facts_of(1);
    const Style style = derive_style(facts.terminal, facts.columns, color_, own_variable);
    const unsigned rows = facts.rows > 0 ? facts.rows : kRowsUnknown;
    return write_out(frame_of(page_of(outcome, style), rows));
  }

  app::Context& context_;
  app::StatusPages pages_;
  bool json_;
  std::string_view color_;
  std::optional<Screen> screen_ = {};
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
  return Watch(context, json, color).run();
}

}  // namespace ollama_gpu::cli
