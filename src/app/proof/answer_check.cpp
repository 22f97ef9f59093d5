// SPDX-License-Identifier: MIT
#include "app/proof/answer_check.hpp"

#include <fmt/format.h>

#include "app/interruption.hpp"
#include "app/running.hpp"

namespace ollama_gpu::app {

namespace {

using Seconds = ports::Clock::Seconds;

Evidence answer_level(EvidenceStatus status, std::string detail) {
  return {EvidenceLevel::answer, status, std::move(detail)};
}

// What a load may push out stays, as with --load.
Result<bool> is_loaded(Context& context, const ports::OllamaService& service,
                       const VerifyOptions& options) {
  const auto loaded = context.ollama.loaded(service, Seconds(kAnswerTime));
  if (!loaded) return Failure(loaded.error());
  std::string others;
  for (const ports::LoadedModel& model : *loaded) {
    if (model.name == options.probe || model.name == options.probe + ":latest") return true;
    others += (others.empty() ? "" : ", ") + model.name;
  }
  if (others.empty() || options.force) return false;
  return fail(
      Errc::busy,
      fmt::format("{} is not loaded, and loading it may push out {}", options.probe, others),
      "probe what is loaded, or add --force");
}

Result<Evidence> ask(Context& context, const ports::OllamaService& service,
                     const VerifyOptions& options) {
  bool late = false;
  const auto tick = [&](Seconds waited) {
    context.messages.waiting("waiting for a token of " + options.probe, waited.count(),
                             options.timeout);
    late = waited.count() >= options.timeout;
    return !late && context.clock.pending_signal() == 0;
  };
  const double start = context.clock.now().count();
  const auto answered = context.ollama.probe(service, options.probe, tick);
  const double seconds = context.clock.now().count() - start;
  context.messages.done_waiting();
  if (auto stopped = interruption(context)) return Failure(std::move(*stopped));
  if (answered) {
    return answer_level(EvidenceStatus::ok, fmt::format("one token of {} came within {:.1f} s",
                                                        options.probe, seconds));
  }
  if (late) {
    return answer_level(EvidenceStatus::failed, fmt::format("no token of {} came within {:g} s",
                                                            options.probe, options.timeout));
  }
  if (answered.error().code == Errc::not_found) {
    return fail(Errc::not_found, answered.error().message, "see which there are: ollama list");
  }
  return answer_level(EvidenceStatus::failed, answered.error().message);
}

}  // namespace

Result<void> check_answer(Context& context, const Observation& seen, const VerifyOptions& options,
                          const Evidence& server, VerifyReport& report) {
  const bool answers =
      server.status == EvidenceStatus::ok || server.status == EvidenceStatus::skipped;
  const auto own = answers && seen.state ? own_ollama(context, seen.disk, *seen.state)
                                         : fail(Errc::failed, server.detail);
  if (!own) {
    report.evidence.push_back(
        answer_level(EvidenceStatus::failed, "no model was asked: " + own.error().message));
    return {};
  }
  const auto was_loaded = is_loaded(context, *own, options);
  if (!was_loaded) return Failure(was_loaded.error());
  auto found = ask(context, *own, options);
  if (!*was_loaded) {
    const auto go_on = [](Seconds) { return true; };
    if (auto gone = context.ollama.unload(*own, options.probe, go_on); !gone && found) {
      report.warnings.push_back(gone.error().message);
    }
  }
  if (!found) return Failure(found.error());
  report.evidence.push_back(std::move(*found));
  return {};
}

}  // namespace ollama_gpu::app
