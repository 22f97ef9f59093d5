// SPDX-License-Identifier: MIT
#include "app/proof/journal_tail.hpp"

#include "app/running.hpp"
#include "ollama_gpu/core/text/secrets.hpp"

namespace ollama_gpu::app {

namespace {

std::vector<std::string> joined(ports::JournalLines lines) {
  std::vector<std::string> all = std::move(lines.service);
  all.insert(all.end(), lines.manager.begin(), lines.manager.end());
  for (std::string& line : all) line = mask_assignments(line);
  return all;
}

}  // namespace

std::vector<std::string> journal_tail(Context& context, const ports::UnitState& state,
                                      const std::string& invocation_id, std::int64_t since,
                                      std::size_t limit) {
  constexpr double kJournalLag = 1.0;  // seconds
  context.journal.catch_up(state.log_namespace);
  ports::UnitRun run = run_of(context, state);
  run.invocation_id = invocation_id;
  const auto start = context.clock.now();
  while (true) {
    auto lines = context.journal.newest(run, limit);
    if (!lines) return {};
    if (!lines->service.empty()) return joined(std::move(*lines));
    if ((context.clock.now() - start).count() > kJournalLag) break;
    // A process that ends at once: journald may not have learnt which run it was of.
    auto recent = context.journal.recent(run, since, limit);
    if (recent && !recent->service.empty()) return joined(std::move(*recent));
    context.clock.sleep(ports::Clock::Seconds(0.1));
    if (context.clock.pending_signal() != 0) break;
  }
  auto lines = context.journal.newest(run, limit);
  return lines ? joined(std::move(*lines)) : std::vector<std::string>();
}

}  // namespace ollama_gpu::app
