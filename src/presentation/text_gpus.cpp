// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "ollama_gpu/presentation/paint.hpp"
#include "ollama_gpu/presentation/render.hpp"
#include "ollama_gpu/presentation/table.hpp"
#include "ollama_gpu/presentation/text_width.hpp"
#include "text_parts.hpp"

namespace ollama_gpu {
namespace {

std::string number(std::optional<unsigned> value) { return value ? std::to_string(*value) : "?"; }

std::vector<Cell> row_of(const GpuInReport& entry) {
  const Gpu& gpu = entry.gpu;
  Cell visible{"?", Tone::dim};
  if (entry.visible_to_ollama) {
    visible = *entry.visible_to_ollama ? Cell{"yes", Tone::good} : Cell{"no", Tone::caution};
  }
  const bool nvidia = gpu.vendor == Vendor::nvidia;
  const std::string name =
      nvidia ? gpu.name : fmt::format("{} ({})", gpu.name, name_of(gpu.vendor));
  return {{number(gpu.index)},
          {printable(name)},
          {memory_of(gpu.memory_used, gpu.memory_total)},
          {gpu.utilization ? fmt::format("{}%", *gpu.utilization) : "?"},
          visible,
          {printable(gpu.pci)},
          {printable(gpu.uuid)},
          {printable(gpu.driver)}};
}

void add_mig(Table& table, const Gpu& gpu) {
  for (const MigDevice& mig : gpu.mig) {
    table.add({{"MIG"},
               {"  " + printable(mig.name)},
               {memory_of(mig.memory_used, mig.memory_total)},
               {},
               {},
               {},
               {printable(mig.uuid)},
               {}});
  }
}

}  // namespace

void render_text(std::ostream& out, const Style& style, const GpusReport& report) {
  if (report.gpus.empty()) {
    out << "No GPU found.\n";
  } else {
    Table table({{"GPU"},
                 {"NAME", false, 0, 16},
                 {"MEMORY USED", true},
                 {"BUSY", true, 2},
                 {"OLLAMA", false, 1},
                 {"PCI", false, 3},
                 {"UUID", false, 4},
                 {"DRIVER", false, 5}});
    for (const GpuInReport& entry : report.gpus) {
      table.add(row_of(entry));
      add_mig(table, entry.gpu);
    }
    out << table.render(style);
    for (const GpuInReport& entry : report.gpus) {
      if (entry.gpu.problem.empty()) continue;
      out << "  GPU " << number(entry.gpu.index) << ": " << printable(entry.gpu.problem) << '\n';
    }
  }
  if (!report.problem.empty()) write_warnings(out, style, {report.problem});
}

}  // namespace ollama_gpu
