// SPDX-License-Identifier: MIT
#include "ollama_gpu/presentation/paint.hpp"
#include "ollama_gpu/presentation/render.hpp"
#include "presentation/table.hpp"
#include "presentation/text_parts.hpp"

// `rollback --list`.
namespace ollama_gpu {
namespace {

Tone tone_of_result(ports::GenerationResult result) {
  using enum ports::GenerationResult;
  if (result == done) return Tone::good;
  return result == failed || result == pending ? Tone::bad : Tone::dim;
}

}  // namespace

void render_text(std::ostream& out, const Style& style, const app::GenerationsReport& report) {
  out << paint(style, Tone::bold, printable(report.unit)) << '\n';
  write_warnings(out, style, report.warnings);
  if (report.generations.empty()) {
    out << "\nno change of it is known\n";
    return;
  }
  Table table({{"", true}, {"TIME", false, 1}, {"RESULT"}, {"COMMAND", false, 0, 24}}, 2);
  for (const app::GenerationInReport& generation : report.generations) {
    table.add({{std::to_string(generation.id)},
               {utc_time(generation.time), Tone::dim},
               {std::string(name_of(generation.result)), tone_of_result(generation.result)},
               {printable(generation.command)}});
  }
  out << '\n'
      << table.render(style)
      << "\nundo the last: ollama-gpu rollback; go back to one: ollama-gpu rollback NUMBER\n";
}

}  // namespace ollama_gpu
