// SPDX-License-Identifier: MIT
#include "app/change/models_in_use.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ollama_gpu/core/ollama/go_values.hpp"
#include "ollama_gpu/core/text/size.hpp"

namespace ollama_gpu::app {

namespace {

using Seconds = ports::Clock::Seconds;

constexpr std::int64_t kDefaultKeepAlive = 300'000'000'000LL;  // envconfig.KeepAlive, ns
constexpr double kSecond = 1e9;                                // ns

std::string kept(const ports::LoadedModel& model) {
  if (!model.expires_in) return "kept for ever";
  constexpr double kHour = 3600;  // seconds
  const double left = std::max(0.0, *model.expires_in);
  const std::string time =
      left < 2 * kHour ? fmt::format("{:.0f} s", left) : fmt::format("{:.0f} h", left / kHour);
  return fmt::format("to be unloaded in {} if nobody uses it", time);
}

}  // namespace

Endpoint endpoint_in_use(Context& context, const Observation& seen) {
  return endpoint_of(environment_in_force(context, seen).value_or(Environment()));
}

Result<ports::OllamaService> ollama_in_use(Context& context, const Observation& seen) {
  if (!can_be_asked(seen.disk)) return fail(Errc::failed, "it cannot be asked from here");
  return own_ollama(context, endpoint_in_use(context, seen), *seen.state);
}

InUse use_of(Context& context, const ports::OllamaService& own, const Environment& environment) {
  InUse use;
  use.keep_alive = parse_keep_alive(value_in(environment, "OLLAMA_KEEP_ALIVE").value_or(""))
                       .value_or(kDefaultKeepAlive);
  if (const auto clients = context.processes.clients(own.endpoint)) use.clients = clients->size();
  auto loaded = context.ollama.loaded(own, Seconds(kAnswerTime));
  if (loaded) use.models = std::move(*loaded);
  return use;
}

InUse look_at_use(Context& context, const Observation& seen) {
  if (!seen.state || seen.state->main_pid == 0) return {};
  // Another server's models are none of ours.
  const auto own = ollama_in_use(context, seen);
  if (!own) return {};
  return use_of(context, *own, environment_in_force(context, seen).value_or(Environment()));
}

std::vector<PlanStep> use_steps(const InUse& use, const std::string& unit_id, bool preload) {
  std::vector<PlanStep> steps;
  for (const ports::LoadedModel& model : use.models) {
    steps.push_back(
        {PlanAction::unload, model.name,
         fmt::format("{} in memory, {}; the restart takes it out{}", format_size(model.size),
                     kept(model), preload ? ", --preload loads it again" : "")});
  }
  if (use.clients.value_or(0) > 0) {
    steps.push_back({PlanAction::note, unit_id,
                     fmt::format("{} client connection{} open: the restart cuts what is being "
                                 "answered",
                                 *use.clients, *use.clients == 1 ? " is" : "s are")});
  }
  return steps;
}

std::optional<ports::KeepAlive> keep_alive_again(const ports::LoadedModel& model,
                                                 std::int64_t server) {
  if (!model.expires_in) {
    if (server == kForeverNs) return std::nullopt;
    return ports::KeepAlive(-1);
  }
  // A second for what the clocks and the question itself may differ.
  const bool explained =
      server != kForeverNs && *model.expires_in <= static_cast<double>(server) / kSecond + 1;
  if (explained) return std::nullopt;
  return ports::KeepAlive(static_cast<std::int64_t>(std::ceil(std::max(1.0, *model.expires_in))));
}

std::size_t load_again(Context& context, const ports::OllamaService& service, const InUse& use,
                       std::vector<std::string>& warnings) {
  std::size_t loaded = 0;
  for (const ports::LoadedModel& model : use.models) {
    const std::string what = "loading " + model.name + " again";
    const auto tick = [&](Seconds elapsed) {
      context.messages.waiting(what, elapsed.count(), 0);
      return context.clock.pending_signal() == 0;
    };
    const auto done =
        context.ollama.load(service, model.name, keep_alive_again(model, use.keep_alive), tick);
    context.messages.done_waiting();
    if (done) {
      ++loaded;
      continue;
    }
    warnings.push_back(
        fmt::format("--preload: {} is not loaded again: {}", model.name, done.error().message));
    context.messages.warning(warnings.back());
    if (context.clock.pending_signal() != 0) break;
  }
  return loaded;
}

std::optional<std::size_t> load_again(Context& context, ports::ServiceManager& manager,
                                      const UnitSnapshot& snapshot, const std::string& unit_id,
                                      const InUse& use, std::vector<std::string>& warnings) {
  const auto state = manager.unit(unit_id);
  const auto own = state ? own_ollama(context, snapshot, *state) : Failure(state.error());
  if (own) return load_again(context, *own, use, warnings);
  warnings.push_back("--preload: no model is loaded again: " + own.error().message);
  context.messages.warning(warnings.back());
  return std::nullopt;
}

}  // namespace ollama_gpu::app
