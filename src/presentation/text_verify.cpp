// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "ollama_gpu/core/text/size.hpp"
#include "ollama_gpu/presentation/paint.hpp"
#include "ollama_gpu/presentation/render.hpp"
#include "ollama_gpu/presentation/text_width.hpp"
#include "presentation/table.hpp"
#include "presentation/text_parts.hpp"

// `verify`: the evidence and, with --load, how the model lies on the GPUs.
namespace ollama_gpu {
namespace {

// "mixtral:8x7b, 24.6 GiB, loaded in 3.2 s and unloaded again".
std::string account_of(const app::LoadReport& load) {
  std::string out = load.unit.empty() ? "" : printable(load.unit) + ": ";
  out += printable(load.model);
  if (load.size > 0) out += ", " + format_size(load.size);
  if (load.was_loaded) return out + ", was loaded already";
  out += fmt::format(", loaded in {:.1f} s", load.seconds);
  return out + (load.unloaded ? " and unloaded again" : "");
}

void write_load(std::ostream& out, const Style& style, const app::LoadReport& load) {
  constexpr std::size_t kBar = 16;
  heading(out, style, "Memory");
  out << "  " << wrap_indented(account_of(load), style.width, 2) << '\n';
  out << "  " << bar_legend(style, "Ollama", "others") << '\n';
  Table table({{"GPU", true},
               {"NAME", false, 0, 12},
               {"", false, 2},
               {"BEFORE", true},
               {"AFTER", true},
               {"SELECTED", false, 1}},
              2);
  table.fold();
  for (const app::GpuLoad& entry : load.gpus) {
    const auto parts = parts_of(entry.gpu, entry.after);
    table.add({{entry.gpu.index ? std::to_string(*entry.gpu.index) : "?"},
               {printable(entry.gpu.name)},
               {parts ? bar_of(style, *parts, kBar) : ""},
               {format_size(entry.before)},
               {format_size(entry.after),
                entry.selected == (entry.after > 0) ? Tone::plain : Tone::caution},
               {entry.selected ? "yes" : "no"}});
  }
  out << table.render(style);
  if (load.largest_to_mean) {
    out << fmt::format("  largest / mean of the selected: {:.2f}\n", *load.largest_to_mean);
  }
}

}  // namespace

void render_text(std::ostream& out, const Style& style, const app::VerifyReport& report) {
  const bool holds = nothing_failed(report.evidence);
  out << paint(style, Tone::bold, printable(report.unit)) << "  "
      << paint(style, holds ? Tone::good : Tone::bad, count_evidence(report.evidence)) << '\n';
  write_evidence(out, style, report.evidence);
  // Of several servers each has its line above.
  if (report.load && report.other_loads.empty()) write_load(out, style, *report.load);
  write_warnings(out, style, report.warnings);
}

}  // namespace ollama_gpu
