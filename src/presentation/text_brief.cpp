// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "ollama_gpu/presentation/render.hpp"
#include "ollama_gpu/presentation/text_width.hpp"
#include "presentation/text_parts.hpp"

// The short form of a change: what is said once, and in about ten lines.
namespace ollama_gpu {
namespace {

constexpr std::size_t kBelowStep = 12;
constexpr std::size_t kWidest = 44;  // columns of NAME=value, beyond which why stands below

bool is_write(const PlanStep& step) {
  return step.action == PlanAction::write || step.action == PlanAction::remove;
}

// "new drop-in FILE", of all files; "the next start" where none is written.
std::string files_of(const app::ChangeReport& report) {
  std::vector<std::string> parts;
  std::size_t of_servers = 0;  // files beside the drop-in: the long form names them
  for (const PlanStep& step : report.plan) {
    if (!is_write(step)) continue;
    if (step.in_full) {
      ++of_servers;
      continue;
    }
    const std::string_view what = step.action == PlanAction::remove ? "removes "
                                  : step.reason == kNewFile         ? "new drop-in "
                                                                    : "changes ";
    parts.push_back(std::string(what) + printable(step.path));
  }
  if (of_servers > 0) {
    parts.push_back(fmt::format("{}{} file{} of the servers behind it",
                                parts.empty() ? "changes " : "and ", of_servers,
                                of_servers == 1 ? "" : "s"));
  }
  if (parts.empty()) return "the files stay as they are";
  return fmt::format("{}", fmt::join(parts, ", "));
}

struct Line {
  std::string_view sign;
  std::string text;  // NAME=value
  std::string why;
};

Line line_of(const PlanStep& step) {
  if (step.action == PlanAction::withdraw) return {"-", printable(step.reason), ""};
  if (!step.value) return {"+", printable(step.reason), ""};
  std::string text = printable(step.name + "=" + *step.value);
  std::string why = printable(step.why);
  if (step.was) why = fmt::format("was {}{}{}", printable(*step.was), why.empty() ? "" : "; ", why);
  return {step.was ? "~" : "+", std::move(text), std::move(why)};
}

bool is_setting(const PlanStep& step) {
  return step.action == PlanAction::set || step.action == PlanAction::withdraw;
}

void write_settings(std::ostream& out, const Style& style, const std::vector<PlanStep>& plan) {
  std::vector<Line> lines;
  std::size_t widest = 0;
  for (const PlanStep& step : plan) {
    if (!is_setting(step)) continue;
    lines.push_back(line_of(step));
    const std::size_t width = display_width(lines.back().text);
    if (width <= kWidest && !lines.back().why.empty()) widest = std::max(widest, width);
  }
  for (const Line& line : lines) {
    const Tone tone = line.sign == "-" ? Tone::bad : Tone::good;
    const std::size_t width = display_width(line.text);
    out << "  " << paint(style, tone, line.sign) << ' ';
    if (line.why.empty() || width > kWidest) {
      out << wrap_indented(line.text, style.width, 4) << '\n';
      if (!line.why.empty()) out << "      " << wrap_indented(line.why, style.width, 6) << '\n';
      continue;
    }
    out << line.text << std::string(widest - width + 2, ' ')
        << wrap_indented(line.why, style.width, widest + 6) << '\n';
  }
}

// What a reader of the short form knows already, or does not ask for.
bool is_left_out(const PlanStep& step, bool writes) {
  if (is_setting(step) || is_write(step) || step.in_full) return true;
  return step.action == PlanAction::reload && writes;
}

void write_steps(std::ostream& out, const Style& style, const std::vector<PlanStep>& plan) {
  const bool writes = std::ranges::any_of(plan, is_write);
  for (const PlanStep& step : plan) {
    if (is_left_out(step, writes)) continue;
    const bool plain = writes && (step.action == PlanAction::restart) && !step.path.empty();
    std::string text = printable(step.path);
    if (!text.empty() && !step.reason.empty() && !plain) text += ": ";
    if (!plain) text += printable(step.reason);
    out << "  " << paint(style, tone_of(step.action), fmt::format("{:<8}", name_of(step.action)))
        << "  " << wrap_indented(text, style.width, kBelowStep) << '\n';
  }
}

bool is_ok(const Evidence& seen) { return seen.status == EvidenceStatus::ok; }

// A healthy start's lines say nothing of an end.
bool is_of_start(std::string_view line) {
  return line.find("level=INFO") != line.npos || line.find("level=DEBUG") != line.npos;
}

void write_last_words(std::ostream& out, const app::ChangeReport& report) {
  if (report.journal.empty()) return;
  const bool all = std::ranges::all_of(report.journal, is_of_start);
  out << "The service's own words:\n";
  for (const std::string& line : report.journal) {
    if (all || !is_of_start(line)) out << "  | " << printable(line) << '\n';
  }
}

void write_commands(std::ostream& out, const Style& style, const app::ChangeReport& report) {
  std::string line;
  const auto add = [&](std::string_view label, const std::string& command) {
    if (command.empty()) return;
    const std::string text = fmt::format("{}: {}", label, printable(command));
    const bool fits = display_width(line) + display_width(text) + 4 <= style.width;
    if (!line.empty()) line += fits ? "    " : "\n";
    line += text;
  };
  add("undo", report.undo);
  add("watch", report.look.empty() ? "" : report.look + " --watch");
  if (!line.empty()) out << line << '\n';
}

}  // namespace

void write_evidence_briefly(std::ostream& out, const Style& style,
                            const std::vector<Evidence>& evidence, std::size_t indent) {
  std::vector<std::string> held;
  std::vector<Evidence> others;
  std::size_t of_others = 0;  // the same again of the other servers
  for (const Evidence& seen : evidence) {
    if (is_ok(seen) && !seen.unit.empty()) {
      ++of_others;
    } else if (is_ok(seen)) {
      held.push_back(seen.brief.empty() ? std::string(name_of(seen.level)) : printable(seen.brief));
    } else {
      others.push_back(seen);
    }
  }
  if (of_others > 0) held.push_back(fmt::format("{} checks of the other servers", of_others));
  if (!held.empty()) {
    const std::string text = fmt::format("{}", fmt::join(held, ", "));
    out << std::string(indent, ' ') << paint(style, Tone::good, "ok:") << ' '
        << wrap_indented(text, style.width, indent + 4) << '\n';
  }
  write_evidence(out, style, others);
}

void write_plan_briefly(std::ostream& out, const Style& style, const app::ChangeReport& report) {
  if (report.plan.empty()) return write_diff(out, style, report.diff);  // why it was refused
  const std::string title = fmt::format("{}: {}", printable(report.unit), files_of(report));
  out << paint(style, Tone::bold, title) << '\n';
  write_settings(out, style, report.plan);
  write_steps(out, style, report.plan);
}

void write_outcome_briefly(std::ostream& out, const Style& style, const app::ChangeReport& report) {
  write_last_words(out, report);
  if (report.summary.empty()) return;  // what went wrong is said as an error
  const bool bad = report.rolled_back || !nothing_failed(report.evidence);
  const bool done = report.changed || report.rolled_back;
  const std::string title = done ? "" : printable(report.unit) + ": ";
  const bool all = !done && !report.evidence.empty() && std::ranges::all_of(report.evidence, is_ok);
  out << paint(style, bad ? Tone::bad : Tone::good, title + printable(report.summary));
  if (all)
    out << paint(
        style, Tone::dim,
        fmt::format(" ({} of {} checks ok)", report.evidence.size(), report.evidence.size()));
  out << '\n';
  if (!all) write_evidence_briefly(out, style, report.evidence);
  write_commands(out, style, report);
  const std::string next = done && !report.look.empty() ? "" : next_step(report);
  if (!next.empty()) out << "next: " << next << '\n';
}

}  // namespace ollama_gpu
