// SPDX-License-Identifier: MIT
#include "app/proof/journal_tail.hpp"

#include <algorithm>

#include "app/running.hpp"
#include "ollama_gpu/core/ollama/last_words.hpp"
#include "ollama_gpu/core/text/secrets.hpp"

namespace ollama_gpu::app {

namespace {

constexpr std::size_t kOfOneRun = 600;  // lines: a stack trace behind the reason has 150

std::vector<std::string> joined(const ports::JournalLines& lines, std::size_t limit) {
  std::vector<std::string> all = last_words(lines.service, limit);
  const std::size_t kept = std::min(lines.manager.size(), limit);
  all.insert(all.end(), lines.manager.end() - static_cast<std::ptrdiff_t>(kept),
             lines.manager.end());
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
    auto lines = context.journal.newest(run, kOfOneRun);
    if (!lines) return {};
    if (!lines->service.empty()) return joined(*lines, limit);
    if ((context.clock.now() - start).count() > kJournalLag) break;
    // A process that ends at once: journald may not have learnt which run it was of.
    auto recent = context.journal.recent(run, since, kOfOneRun);
    if (recent && !recent->service.empty()) return joined(*recent, limit);
    context.clock.sleep(ports::Clock::Seconds(0.1));
    if (context.clock.pending_signal() != 0) break;
  }
  auto lines = context.journal.newest(run, kOfOneRun);
  return lines ? joined(*lines, limit) : std::vector<std::string>();
}

}  // namespace ollama_gpu::app
