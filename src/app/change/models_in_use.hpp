// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/running.hpp"
#include "ollama_gpu/app/observe.hpp"
#include "ollama_gpu/core/drop_in/plan.hpp"

namespace ollama_gpu::app {

// What a restart takes away from those who use the service now. Empty where it could not be seen.
struct InUse {
  std::vector<ports::LoadedModel> models = {};
  std::optional<std::size_t> clients = {};  // connections open to its socket
  std::int64_t keep_alive = 0;              // of its process, for requests that name none, in ns
};

// Where the running process listens, which may not be where the planned one will.
Endpoint endpoint_in_use(Context& context, const Observation& seen);

// That process, to be asked. Errors as of own_ollama(). For a unit that runs.
Result<ports::OllamaService> ollama_in_use(Context& context, const Observation& seen);

// What a restart takes away from an Ollama whose process has this environment.
InUse use_of(Context& context, const ports::OllamaService& own, const Environment& environment);

// Asks the running process at its own address.
InUse look_at_use(Context& context, const Observation& seen);

// The same in steps of a plan; `preload`: the models are loaded again afterwards.
std::vector<PlanStep> use_steps(const InUse& use, const std::string& unit_id, bool preload);

// Loads again what was loaded, each kept for as long as it was meant to be; what cannot be loaded
// is a warning. Gives the number of models that are loaded again.
std::size_t load_again(Context& context, const ports::OllamaService& service, const InUse& use,
                       std::vector<std::string>& warnings);
// The same at the address where the unit as it is now lets Ollama listen; nothing where it cannot
// be asked, with a warning.
std::optional<std::size_t> load_again(Context& context, ports::ServiceManager& manager,
                                      const UnitSnapshot& snapshot, const std::string& unit_id,
                                      const InUse& use, std::vector<std::string>& warnings);

// How long a model is to be kept when it is loaded again: nothing where the server's own setting
// (`server`, in ns) explains how long it was kept.
std::optional<ports::KeepAlive> keep_alive_again(const ports::LoadedModel& model,
                                                 std::int64_t server);

}  // namespace ollama_gpu::app
