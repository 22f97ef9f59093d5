// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "ollama_gpu/core/text/size.hpp"
#include "ollama_gpu/presentation/paint.hpp"
#include "ollama_gpu/presentation/render.hpp"
#include "ollama_gpu/presentation/text_width.hpp"
#include "presentation/table.hpp"
#include "presentation/text_parts.hpp"

namespace ollama_gpu {
namespace {

std::string number(std::optional<unsigned> value) { return value ? std::to_string(*value) : "?"; }

template <class Value>
std::string with_unit(const std::optional<Value>& value, std::string_view unit) {
  return value ? fmt::format("{}{}", *value, unit) : "";
}

Cell visible_cell(const app::GpuInReport& entry) {
  if (!entry.visible_to_ollama) return {"?", Tone::dim};
  return *entry.visible_to_ollama ? Cell{"yes", Tone::good} : Cell{"no", Tone::caution};
}

Cell held_cell(const app::GpuInReport& entry) {
  if (!entry.held_by_ollama) return {"?", Tone::dim};
  return {*entry.held_by_ollama > 0 ? format_size(*entry.held_by_ollama) : "-"};
}

std::string power_of(const Gpu& gpu) {
  return gpu.power ? fmt::format("{:.0f} W", *gpu.power / 1000.0) : "";
}

std::string display_of(const Gpu& gpu) {
  return gpu.display_active && *gpu.display_active ? "on" : "";
}

std::vector<Cell> row_of(const app::GpuInReport& entry) {
  const Gpu& gpu = entry.gpu;
  const bool nvidia = gpu.vendor == Vendor::nvidia;
  const std::string name =
      nvidia ? gpu.name : fmt::format("{} ({})", gpu.name, name_of(gpu.vendor));
  return {{number(gpu.index)},
          {printable(name)},
          {memory_of(gpu.memory_used, gpu.memory_total)},
          {gpu.utilization ? fmt::format("{}%", *gpu.utilization) : "?"},
          visible_cell(entry),
          held_cell(entry),
          {printable(gpu.uuid)},
          {printable(gpu.pci)},
          {printable(gpu.driver)},
          {printable(gpu.compute_capability)},
          {with_unit(gpu.temperature, " C")},
          {power_of(gpu)},
          {display_of(gpu)}};
}

void add_mig(Table& table, const Gpu& gpu) {
  for (const MigDevice& mig : gpu.mig) {
    table.add({{"MIG"},
               {"  " + printable(mig.name)},
               {memory_of(mig.memory_used, mig.memory_total)},
               {},
               {},
               {},
               {printable(mig.uuid)}});
  }
}

void write_table(std::ostream& out, const Style& style, const std::vector<app::GpuInReport>& gpus) {
  Table table({{"GPU"},
               {"NAME", false, 0, 30},
               {"MEMORY USED", true, 1},
               {"BUSY", true, 3},
               {"OLLAMA", false, 2},
               {"HOLDS", true, 2},
               {"UUID", false, 5},
               {"PCI", false, 5},
               {"DRIVER", false, 6},
               {"COMPUTE", false, 6},
               {"TEMP", true, 6},
               {"POWER", true, 6},
               {"DISPLAY", false, 6}});
  table.fold();
  for (const app::GpuInReport& entry : gpus) {
    table.add(row_of(entry));
    add_mig(table, entry.gpu);
  }
  out << table.render(style);
}

void write_processes(std::ostream& out, const Style& style,
                     const std::vector<app::GpuInReport>& gpus) {
  Table table({{"GPU"}, {"PID", true}, {"PROCESS", false, 0, 12}, {"MEMORY", true}, {"OF OLLAMA"}});
  for (const app::GpuInReport& entry : gpus) {
    for (const app::ProcessOnGpu& process : entry.processes) {
      const Cell owner = !process.of_ollama   ? Cell{"?", Tone::dim}
                         : *process.of_ollama ? Cell{"yes", Tone::good}
                                              : Cell{"no"};
      table.add({{number(entry.gpu.index)},
                 {std::to_string(process.pid)},
                 {process.command.empty() ? "?" : printable(process.command)},
                 {process.memory ? format_size(*process.memory) : "?"},
                 owner});
    }
  }
  if (!table.empty()) out << '\n' << table.render(style);
}

}  // namespace

void render_text(std::ostream& out, const Style& style, const app::GpusReport& report) {
  if (report.gpus.empty()) {
    out << "No GPU found.\n";
  } else {
    write_table(out, style, report.gpus);
    for (const app::GpuInReport& entry : report.gpus) {
      if (entry.gpu.problem.empty()) continue;
      out << "  GPU " << number(entry.gpu.index) << ": "
          << wrap_indented(printable(entry.gpu.problem), style.width, 9) << '\n';
    }
    write_processes(out, style, report.gpus);
  }
  if (!report.problem.empty()) write_warnings(out, style, {report.problem});
}

}  // namespace ollama_gpu
