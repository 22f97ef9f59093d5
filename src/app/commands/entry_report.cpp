// SPDX-License-Identifier: MIT
#include "app/commands/entry_report.hpp"

#include "app/running.hpp"

namespace ollama_gpu::app {

namespace {

ServerInReport describe_server(Context& context, const Observation& seen,
                               const ReplicaServer& server, const std::string& gpus,
                               const Result<ProxyState>& proxy, ports::Clock::Seconds timeout) {
  ServerInReport report{server.unit, server.endpoint().text(), "", gpus};
  if (const ProxyServer* found = proxy ? proxy->find("work", server.name()) : nullptr) {
    report.in_entry = found->status;
    report.under_way = found->current;
    report.answered = found->answered;
  }
  const auto state = seen.manager->unit(server.unit);
  if (!state) return report;
  report.active_state = state->active_state;
  const auto own = own_ollama(context, server.endpoint(), *state);
  if (own) report.models = loaded_models(context, *own, timeout);
  return report;
}

}  // namespace

std::optional<std::vector<ModelReport>> loaded_models(Context& context,
                                                      const ports::OllamaService& service,
                                                      ports::Clock::Seconds timeout) {
  const auto loaded = context.ollama.loaded(service, timeout);
  if (!loaded) return std::nullopt;
  std::vector<ModelReport> models;
  for (const ports::LoadedModel& model : *loaded) {
    models.push_back({model.name, model.size, model.size_vram, model.expires_in});
  }
  return models;
}

std::optional<EntryReport> entry_report(Context& context, const Observation& seen,
                                        ports::Clock::Seconds timeout) {
  if (seen.manager == nullptr) return std::nullopt;
  const auto goal = goal_on_disk(context, seen);
  if (!goal || !*goal) return std::nullopt;
  const ReplicaPlaces& places = (*goal)->places;
  EntryReport report{places.entry_unit, (*goal)->listen.text()};
  report.active_state = seen.manager->active_state(places.entry_unit).value_or("");
  const auto proxy = context.entry.look(places.entry_socket);
  if (proxy) report.waiting = proxy->waiting;
  for (const ServerGoal& server : (*goal)->servers) {
    report.servers.push_back(
        describe_server(context, seen, server.server, server.server.gpus, proxy, timeout));
  }
  return report;
}

}  // namespace ollama_gpu::app
