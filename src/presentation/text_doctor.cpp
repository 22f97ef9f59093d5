// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ollama_gpu/presentation/paint.hpp"
#include "ollama_gpu/presentation/printable.hpp"
#include "ollama_gpu/presentation/render.hpp"
#include "ollama_gpu/presentation/text_width.hpp"
#include "presentation/excerpt.hpp"

// `doctor`, like a compiler's diagnostics, and the help on what it finds.
namespace ollama_gpu {
namespace {

Tone tone_of(Severity severity) {
  switch (severity) {
    case Severity::info:
      return Tone::bold;
    case Severity::warning:
      return Tone::caution;
    case Severity::error:
      break;
  }
  return Tone::bad;
}

void write_note(std::ostream& out, const Style& style, std::string_view what,
                const std::string& text) {
  const std::string label = fmt::format("  = {}: ", what);
  out << "  = " << paint(style, Tone::bold, fmt::format("{}:", what)) << ' '
      << wrap_indented(printable(text), style.width, label.size()) << '\n';
}

// What stands under both is said once, under the last of them.
bool has_same_notes(const Finding& finding, const Finding& next) {
  return finding.code == next.code && finding.why == next.why && finding.remedy == next.remedy;
}

void write_finding(std::ostream& out, const Style& style, const Finding& finding, bool notes) {
  const std::string label = fmt::format("{}[{}]:", name_of(finding.severity), finding.code);
  out << paint(style, tone_of(finding.severity), label) << ' '
      << wrap_indented(printable(finding.message), style.width, label.size() + 1) << '\n';
  const std::string where = place_text(finding.place);
  if (!where.empty()) out << ' ' << paint(style, Tone::dim, "-->") << ' ' << where << '\n';
  if (!finding.place.text.empty()) out << excerpt(style, finding.place);
  if (!notes) return;
  write_note(out, style, "why", finding.why);
  write_note(out, style, "help", finding.remedy);
  out << '\n';
}

// The values of GitHub's commands (actions/toolkit, command.ts: escapeData, escapeProperty).
std::string github_text(std::string_view text, bool property) {
  std::string out;
  for (const char c : text) {
    if (c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ','))) {
      out += fmt::format("%{:02X}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return printable(out);
}

}  // namespace

void render_text(std::ostream& out, const Style& style, const app::DoctorReport& report) {
  for (std::size_t i = 0; i < report.findings.size(); ++i) {
    const bool last = i + 1 == report.findings.size();
    write_finding(out, style, report.findings[i],
                  last || !has_same_notes(report.findings[i], report.findings[i + 1]));
  }
  for (const std::string& text : report.not_seen) {
    out << paint(style, Tone::dim, "not looked at:") << ' '
        << wrap_indented(printable(text), style.width, 15) << '\n';
  }
  const bool fixable =
      std::ranges::any_of(report.findings, [](const Finding& found) { return found.fixable(); });
  if (report.findings.empty()) {
    out << paint(style, Tone::good, printable(report.unit) + ": nothing wrong was found") << '\n';
  } else {
    out << printable(report.unit) << ": " << app::count_findings(report.findings, Severity::info)
        << " found. What a code means: ollama-gpu help " << report.findings.front().code << '\n';
  }
  if (fixable) out << "Some of it can be mended: ollama-gpu doctor --fix --dry-run\n";
  if (report.ignored > 0) out << fmt::format("{} ignored\n", report.ignored);
}

void render_github(std::ostream& out, const app::DoctorReport& report) {
  constexpr std::array<std::string_view, 3> kCommands{"notice", "warning", "error"};
  for (const Finding& finding : report.findings) {
    out << "::" << kCommands[static_cast<std::size_t>(finding.severity)] << ' ';
    if (!finding.place.file.empty()) out << "file=" << github_text(finding.place.file, true) << ',';
    if (finding.place.line > 0) out << "line=" << finding.place.line << ',';
    if (finding.place.column > 0) out << "col=" << finding.place.column << ',';
    out << "title=" << github_text(finding.code, true)
        << "::" << github_text(finding.message + "\n" + finding.remedy, false) << '\n';
  }
}

std::string help_findings(std::size_t width) {
  std::string out = "What doctor finds; ollama-gpu help CODE explains one.\n";
  char group = 0;
  for (const FindingKind& kind : finding_kinds()) {
    if (kind.code[2] != group) out += '\n';
    group = kind.code[2];
    out += fmt::format("  {}  {:<7}  {}\n", kind.code, name_of(kind.severity),
                       wrap_indented(kind.title, width, 18));
  }
  return out;
}

std::string help_finding(const FindingKind& kind, std::size_t width) {
  std::string why(kind.why);
  why.front() =
      static_cast<char>(why.front() >= 'a' && why.front() <= 'z' ? why.front() - 32 : why.front());
  return fmt::format("{} ({}): {}\n\n{}\n\n{}\n", kind.code, name_of(kind.severity), kind.title,
                     wrap_indented(why + ".", width, 0), wrap_indented(kind.explanation, width, 0));
}

}  // namespace ollama_gpu
