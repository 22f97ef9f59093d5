// SPDX-License-Identifier: MIT
#include "app/change/drain.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/proof/replica_evidence.hpp"

namespace ollama_gpu::app {

namespace {

using Pause = ports::Clock::Seconds;

constexpr double kLookEvery = 0.1;     // seconds
constexpr double kDrainTime = 600;     // seconds, where nobody says
constexpr double kEntryPatience = 15;  // seconds: one that is down is looked at each second

bool is_interrupted(Context& context, OnSignal on_signal) {
  return on_signal == OnSignal::give_up && context.clock.pending_signal() != 0;
}

}  // namespace

void Drain::set_state(const char* state) const {
  for (const char* backend : {"work", "look"}) {
    auto done = context_.entry.set_state(goal_.places.entry_socket, backend, server_.name(), state);
    if (!done) context_.messages.detail(done.error().message);
  }
}

void Drain::end() const { set_state("ready"); }

Result<void> Drain::begin(const ChangeOptions& options, OnSignal on_signal) const {
  const auto known = context_.entry.look(goal_.places.entry_socket);
  const ProxyServer* before = known ? known->find("work", server_.name()) : nullptr;
  if (before == nullptr) return {};
  set_state("drain");
  const double limit = options.when_idle.value_or(kDrainTime);
  const auto start = context_.clock.now();
  while (true) {
    const auto state = context_.entry.look(goal_.places.entry_socket);
    const std::uint64_t current = state ? state->current_of(server_.name()) : 0;
    const double elapsed = (context_.clock.now() - start).count();
    if (current == 0) break;
    if (is_interrupted(context_, on_signal)) {
      end();
      break;
    }
    if (elapsed > limit) {
      end();
      context_.messages.done_waiting();
      return fail(Errc::busy,
                  fmt::format("{} is still answering {} request{} after {:.0f} s", server_.unit,
                              current, current == 1 ? "" : "s", limit),
                  "no answer is cut: wait longer with --when-idle=SECONDS");
    }
    context_.messages.waiting(
        fmt::format("{} answers {} more request{}", server_.unit, current, current == 1 ? "" : "s"),
        elapsed, limit);
    context_.clock.sleep(Pause(kLookEvery));
  }
  context_.messages.done_waiting();
  return {};
}

Result<void> wait_for_entry(Context& context, const ReplicaGoal& goal, double timeout,
                            OnSignal on_signal) {
  const double limit = std::min(timeout, kEntryPatience);
  const auto start = context.clock.now();
  while (true) {
    const auto proxy = context.entry.look(goal.places.entry_socket);
    const std::string missing = missing_in_entry(proxy, goal);
    const double elapsed = (context.clock.now() - start).count();
    const bool closed = !proxy && proxy.error().code == Errc::permission;
    if (missing.empty() || closed || is_interrupted(context, on_signal)) break;
    if (elapsed > limit) {
      context.messages.done_waiting();
      return fail(Errc::unhealthy,
                  fmt::format("{} is not ready: {}", goal.places.entry_unit, missing));
    }
    context.messages.waiting("waiting for " + goal.places.entry_unit, elapsed, limit);
    context.clock.sleep(Pause(kLookEvery));
  }
  context.messages.done_waiting();
  return {};
}

}  // namespace ollama_gpu::app
