// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "ollama_gpu/presentation/paint.hpp"
#include "ollama_gpu/presentation/render.hpp"
#include "ollama_gpu/presentation/text_width.hpp"
#include "presentation/text_parts.hpp"

// `configure` and `reset`: what it acts on, what changes, what happened, the proof, what is next.
namespace ollama_gpu {
namespace {

// Its path is the one that the step "write" or "remove" names.
bool is_part_of_write(PlanAction action) {
  return action == PlanAction::set || action == PlanAction::withdraw || action == PlanAction::keep;
}

void write_plan(std::ostream& out, const Style& style, const app::ChangeReport& report) {
  if (report.plan.empty()) return;
  heading(out, style, report.preview ? "Would do" : "Plan");
  constexpr std::size_t kIndent = 12;
  for (const PlanStep& step : report.plan) {
    const std::string name = fmt::format("{:<8}", name_of(step.action));
    std::string text = is_part_of_write(step.action) ? std::string() : printable(step.path);
    const std::string reason = printable(step.reason);
    const bool both = !text.empty() && !reason.empty();
    const std::size_t width = display_width(text) + display_width(reason) + 2;
    if (both && kIndent + width > style.width) {
      out << "  " << paint(style, tone_of(step.action), name) << "  " << text << '\n'
          << std::string(kIndent, ' ') << wrap_indented(reason, style.width, kIndent) << '\n';
      continue;
    }
    if (both) text += ": ";
    text += reason;
    out << "  " << paint(style, tone_of(step.action), name) << "  "
        << wrap_indented(text, style.width, kIndent) << '\n';
  }
}

// What was done, in the words of the JSON keys.
std::string facts(const app::ChangeReport& report) {
  std::string out;
  const auto add = [&out](std::string_view fact) {
    if (!out.empty()) out += ", ";
    out += fact;
  };
  if (report.changed) add("changed");
  if (report.applied) add("applied");
  if (report.restarted) add("restarted");
  if (report.rolled_back) add("rolled back");
  if (report.generation) add(fmt::format("generation {}", *report.generation));
  return out;
}

std::string summary_of(const app::ChangeReport& report) {
  if (!report.summary.empty()) return printable(report.summary);
  if (report.preview || !report.plan.empty()) return "nothing was changed";
  if (report.rolled_back) return "everything was put back";
  return report.changed ? "done" : "nothing to do";
}

void write_outcome(std::ostream& out, const Style& style, const app::ChangeReport& report) {
  const bool bad = report.rolled_back || !nothing_failed(report.evidence);
  const Tone tone = bad ? Tone::bad : report.preview ? Tone::bold : Tone::good;
  const std::string done = report.preview ? std::string() : facts(report);
  out << '\n' << paint(style, tone, summary_of(report));
  if (!done.empty()) out << paint(style, Tone::dim, " (" + done + ')');
  out << '\n';
  write_evidence(out, style, report.evidence, true);
}

void write_journal(std::ostream& out, const Style& style, const app::ChangeReport& report) {
  if (report.journal.empty()) return;
  heading(out, style, "The service's own words");
  for (const std::string& line : report.journal) out << "  | " << printable(line) << '\n';
}

bool has(const std::vector<Evidence>& evidence, EvidenceStatus status) {
  for (const Evidence& seen : evidence) {
    if (seen.status == status) return true;
  }
  return false;
}

}  // namespace

void write_diff(std::ostream& out, const Style& style, std::string_view diff) {
  if (diff.empty()) return;
  out << '\n';
  while (!diff.empty()) {
    const std::size_t end = diff.find('\n');
    const std::string line = printable(diff.substr(0, end));
    Tone tone = Tone::plain;
    if (line.starts_with("---") || line.starts_with("+++")) {
      tone = Tone::bold;
    } else if (line.starts_with('+')) {
      tone = Tone::good;
    } else if (line.starts_with('-')) {
      tone = Tone::bad;
    } else if (line.starts_with("@@")) {
      tone = Tone::dim;
    }
    out << paint(style, tone, line) << '\n';
    if (end == std::string_view::npos) return;
    diff.remove_prefix(end + 1);
  }
}

Tone tone_of(PlanAction action) {
  switch (action) {
    case PlanAction::write:
    case PlanAction::remove:
    case PlanAction::restart:
    case PlanAction::start:
      return Tone::caution;
    case PlanAction::note:
    case PlanAction::keep:
      return Tone::dim;
    default:
      return Tone::plain;
  }
}

std::string next_step(const app::ChangeReport& report) {
  if (report.preview) {
    return report.plan.empty() && report.diff.empty()
               ? std::string()
               : "the same command without --dry-run or --check makes it so";
  }
  if (report.rolled_back) return "";
  if (has(report.evidence, EvidenceStatus::pending)) {
    return "in force from the service's next start (--restart=always does it now)";
  }
  if (!nothing_failed(report.evidence))
    return "see what does not hold: ollama-gpu status --unit " + printable(report.unit);
  if (!report.changed) return report.advice;
  return report.look.empty() ? std::string() : "see it at work: " + printable(report.look);
}

// The warnings were said when they arose, on stderr.
void render_plan(std::ostream& out, const Style& style, const app::ChangeReport& report,
                 Form form) {
  if (form == Form::brief) return write_plan_briefly(out, style, report);
  if (!report.unit.empty()) out << paint(style, Tone::bold, printable(report.unit)) << '\n';
  write_plan(out, style, report);
  write_diff(out, style, report.diff);
}

void render_outcome(std::ostream& out, const Style& style, const app::ChangeReport& report,
                    Form form) {
  if (form == Form::brief) return write_outcome_briefly(out, style, report);
  write_journal(out, style, report);
  write_outcome(out, style, report);
  const std::string next = next_step(report);
  if (!next.empty() || !report.undo.empty()) out << '\n';
  if (!report.undo.empty()) out << "undo: " << printable(report.undo) << '\n';
  if (!next.empty()) out << "next: " << next << '\n';
}

void render_text(std::ostream& out, const Style& style, const app::ChangeReport& report) {
  render_plan(out, style, report, Form::full);
  render_outcome(out, style, report, Form::full);
}

}  // namespace ollama_gpu
