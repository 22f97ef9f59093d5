// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "ollama_gpu/app/commands.hpp"
#include "ollama_gpu/core/gpu/readiness.hpp"

namespace ollama_gpu::app {

namespace {

using Seconds = ports::Clock::Seconds;

constexpr double kLookEvery = 0.5;  // seconds; a look costs about 20 ms on real hardware

struct Look {
  Readiness readiness;
  std::vector<GpuWaitedFor> gpus;
};

Result<Look> look(const Context& context, const Selector& selector) {
  const Inventory inventory = context.gpus.list();
  std::vector<std::string> obstacles;
  for (const Gpu& gpu : inventory.gpus) obstacles.push_back(context.gpus.obstacle(gpu));
  auto readiness = judge_readiness(selector, inventory, obstacles);
  if (!readiness) return Failure(readiness.error());
  Look seen{std::move(*readiness), {}};
  for (const SelectedDevice& device : seen.readiness.devices) {
    const Gpu& gpu = inventory.gpus[device.gpu];
    seen.gpus.push_back(
        {gpu.index, device.mig ? gpu.mig[*device.mig].uuid : gpu.uuid, gpu.pci, gpu.name});
  }
  return seen;
}

Error out_of_time(const std::string& reason, double limit) {
  return {Errc::not_found,
          limit > 0 ? fmt::format("the GPUs could not be used within {:g} s: {}", limit, reason)
                    : "the GPUs cannot be used: " + reason,
          "see what there is: ollama-gpu gpus"};
}

}  // namespace

Outcome<WaitReport> wait(Context& context, const WaitOptions& options) {
  WaitReport report;
  report.limit = options.timeout;
  const auto start = context.clock.now();
  while (true) {
    auto seen = look(context, options.gpus);
    if (!seen) return {std::move(report), seen.error()};
    report.waited = (context.clock.now() - start).count();
    report.gpus = std::move(seen->gpus);
    report.ready = seen->readiness.ready;
    const double left = options.timeout - report.waited;
    if (report.ready || left <= 0) {
      context.messages.done_waiting();
      if (report.ready) return {std::move(report), std::nullopt};
      return {std::move(report), out_of_time(seen->readiness.reason, options.timeout)};
    }
    context.messages.waiting("waiting for GPUs: " + seen->readiness.reason, report.waited,
                             options.timeout);
    context.clock.sleep(Seconds(std::min(kLookEvery, left)));
    context.gpus.start_over();
  }
}

}  // namespace ollama_gpu::app
