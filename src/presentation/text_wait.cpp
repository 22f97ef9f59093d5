// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "ollama_gpu/presentation/printable.hpp"
#include "ollama_gpu/presentation/render.hpp"

// `wait`: one line.
namespace ollama_gpu {
namespace {

std::string name_of(const app::GpuWaitedFor& gpu) {
  if (gpu.index) return std::to_string(*gpu.index);
  return printable(gpu.uuid.empty() ? gpu.pci : gpu.uuid);
}

}  // namespace

void render_text(std::ostream& out, const Style& /*style*/, const app::WaitReport& report) {
  if (!report.ready) return;
  out << (report.gpus.size() == 1 ? "GPU" : "GPUs");
  for (std::size_t i = 0; i < report.gpus.size(); ++i) {
    out << (i == 0 ? " " : ", ") << name_of(report.gpus[i]);
  }
  out << " can be used";
  if (report.waited >= 0.1) out << fmt::format(", after {:.1f} s", report.waited);
  out << '\n';
}

}  // namespace ollama_gpu
