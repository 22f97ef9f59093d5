// SPDX-License-Identifier: MIT
#include "app/stored_models.hpp"

#include <algorithm>

#include "ollama_gpu/app/observe.hpp"

namespace ollama_gpu::app {

std::vector<StoredModel> stored_models(Context& context, const ports::OllamaService& service,
                                       bool shapes) {
  constexpr std::size_t kMostAsked = 24;
  constexpr double kTimeForAll = 2.0;  // seconds
  const auto installed =
      context.ollama.installed(service, ports::OllamaServer::Seconds(kAnswerTime));
  std::vector<StoredModel> models;
  if (!installed) return models;
  for (const ports::InstalledModel& model : *installed) {
    if (!model.remote_host.empty()) continue;
    models.push_back({model.name, model.size, model.architecture, std::nullopt});
  }
  std::ranges::stable_sort(models, std::ranges::greater{}, &StoredModel::size);
  if (!shapes) return models;
  const double end = context.clock.now().count() + kTimeForAll;
  for (std::size_t i = 0; i < models.size() && i < kMostAsked; ++i) {
    const double left = end - context.clock.now().count();
    if (left <= 0 || context.clock.pending_signal() != 0) break;
    const auto shape =
        context.ollama.shape(service, models[i].name, ports::OllamaServer::Seconds(left));
    if (!shape) break;
    models[i].shape = *shape;
  }
  return models;
}

}  // namespace ollama_gpu::app
