// SPDX-License-Identifier: MIT
#include "app/commands/gpu_reports.hpp"
#include "ollama_gpu/app/commands.hpp"

namespace ollama_gpu::app {

Outcome<GpusReport> gpus(Context& context) {
  const Inventory inventory = context.gpus.list();
  GpusReport report;
  report.source = inventory.source;
  report.problem = inventory.problem;
  report.fault = inventory.fault;
  // The unit only says what Ollama may use: without it the GPUs are still listed.
  auto seen = observe(context);
  report.gpus = gpu_reports(context, inventory, seen ? &*seen : nullptr);
  return {std::move(report), std::nullopt};
}

}  // namespace ollama_gpu::app
