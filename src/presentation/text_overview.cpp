// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ollama_gpu/app/report.hpp"
#include "ollama_gpu/core/text/size.hpp"
#include "ollama_gpu/presentation/paint.hpp"
#include "ollama_gpu/presentation/text_width.hpp"
#include "presentation/text_parts.hpp"

// `ollama-gpu` alone: what is here, and what to type.
namespace ollama_gpu {
namespace {

std::string gpus_of(const app::StatusReport& report) {
  if (report.gpus.empty()) {
    return report.gpu_problem.empty() ? "none found"
                                      : "none found: " + printable(report.gpu_problem);
  }
  std::vector<std::pair<std::string, std::size_t>> kinds;  // in the order of the GPUs
  std::uint64_t memory = 0;
  for (const app::GpuInReport& entry : report.gpus) {
    const std::string name =
        entry.gpu.name.empty() ? "a GPU that does not answer" : printable(entry.gpu.name);
    if (kinds.empty() || kinds.back().first != name) kinds.emplace_back(name, 0);
    ++kinds.back().second;
    memory += entry.gpu.memory_total.value_or(0);
  }
  std::vector<std::string> parts;
  parts.reserve(kinds.size());
  for (const auto& [name, count] : kinds) parts.push_back(fmt::format("{} x {}", count, name));
  return fmt::format("{}, {} in all", fmt::join(parts, ", "), format_size(memory));
}

std::string servers_of(const app::UnitReport& unit, const app::EntryReport& entry) {
  std::string text = fmt::format(", {}, {} servers behind {}", printable(unit.version),
                                 entry.servers.size(), printable(entry.address));
  if (entry.active_state == "active") return text;
  return text + fmt::format(", but {} is {}", printable(entry.unit), printable(entry.active_state));
}

std::string service_state(const app::UnitReport& unit) {
  if (unit.active_state.empty()) return "not seen";
  std::string text = printable(unit.active_state);
  if (unit.active_state != "active") text += " (" + printable(unit.sub_state) + ')';
  return text + restarts_of(unit);
}

std::string ollama_of(const app::StatusReport& report) {
  const app::UnitReport& unit = report.unit;
  std::string text = fmt::format("{}, {}", printable(unit.id), service_state(unit));
  if (!unit.version.empty()) {
    text += report.entry
                ? servers_of(unit, *report.entry)
                : fmt::format(", {} at {}", printable(unit.version), printable(unit.address));
  }
  if (report.models) {
    text += report.models->empty() ? ", no model loaded"
                                   : fmt::format(", {} model{} loaded", report.models->size(),
                                                 report.models->size() == 1 ? "" : "s");
  }
  return text;
}

}  // namespace

void write_overview(std::ostream& out, const Style& style, const app::StatusReport& report) {
  constexpr std::size_t kIndent = 8;
  const auto line = [&](const char* name, const std::string& text) {
    out << paint(style, Tone::bold, name)
        << std::string(kIndent - std::string_view(name).size(), ' ')
        << wrap_indented(text, style.width, kIndent) << '\n';
  };
  line("GPUs", gpus_of(report));
  line("Ollama", ollama_of(report));
  if (report.advice.empty()) {
    const app::UnitReport& unit = report.unit;
    const bool is_down = !unit.active_state.empty() && unit.main_pid == 0;
    line("next", is_down || unit.has_just_failed()
                     ? "ollama-gpu doctor: why it does not run; status, or --help"
                     : "ollama-gpu status, doctor, verify, or --help");
  } else {
    line("note", report.advice);
    line("next", report.next + "; see more: ollama-gpu status, or --help");
  }
}

}  // namespace ollama_gpu
