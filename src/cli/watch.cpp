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

Result<void> show_page(const app::Outcome<app::StatusReport>& outcome, bool json,
                       std::string_view color) {
  const Error* error = outcome.error ? &*outcome.error : nullptr;
  if (json) return write_out(render_json("status", outcome.report, error) + '\n');
  // The window may have another size by now.
  const StreamFacts facts = facts_of(1);
  const Style style = derive_style(facts.terminal, facts.columns, color, own_variable);
  return write_out(frame_of(page_of(outcome, style), facts.rows > 0 ? facts.rows : kRowsUnknown));
}

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
  app::StatusPages pages(context);
  std::optional<Screen> screen;
  if (!json) screen.emplace();
  while (true) {
    const double start = context.clock.now().count();
    const auto outcome = pages.next();
    if (const int signal = context.clock.pending_signal()) return signal;
    if (auto shown = show_page(outcome, json, color); !shown) return Failure(shown.error());
    const double rest = kPeriod - (context.clock.now().count() - start);
    context.clock.sleep(ports::Clock::Seconds(std::max(rest, 0.05)));
    if (const int signal = context.clock.pending_signal()) return signal;
  }
}

}  // namespace ollama_gpu::cli
