// SPDX-License-Identifier: MIT
#include "app/running.hpp"

#include <fmt/format.h>

#include "ollama_gpu/core/gpu/visible_devices.hpp"
#include "ollama_gpu/core/systemd/reachability.hpp"

namespace ollama_gpu::app {

namespace {

// In the unit's control group or below it; a unit without one has nothing.
bool is_inside(const std::string& cgroup, const std::string& unit_cgroup) {
  return !unit_cgroup.empty() && (cgroup == unit_cgroup || cgroup.starts_with(unit_cgroup + "/"));
}

}  // namespace

std::optional<std::string> value_in(const Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::string> value_in(const EffectiveEnvironment& environment,
                                    const std::string& name) {
  const auto found = environment.variables.find(name);
  return found == environment.variables.end() ? std::nullopt : std::optional(found->second.value);
}

std::optional<Environment> environment_in_force(Context& context, const Observation& seen) {
  if (seen.state && seen.state->main_pid != 0) {
    auto running = process_environment(context, *seen.state);
    if (running) return *running;
  }
  if (seen.disk.on_disk.load_state == LoadState::not_found) return std::nullopt;
  Environment planned;
  for (const auto& [name, variable] : seen.disk.effective.variables) planned[name] = variable.value;
  return planned;
}

Endpoint endpoint_of(const Environment& environment) {
  return parse_ollama_host(value_in(environment, "OLLAMA_HOST").value_or("")).endpoint;
}

ports::UnitRun run_of(const Context& context, const ports::UnitState& state) {
  std::optional<unsigned> owner;
  if (context.options.user) owner = context.host.user_id();
  return {state.id, state.invocation_id, state.log_namespace, owner, state.active_enter_usec};
}

Result<SocketHolders> who_listens(const Context& context, const Endpoint& endpoint,
                                  const ports::UnitState& state) {
  const auto listeners = context.processes.listeners(endpoint, state.control_group);
  if (!listeners) return Failure(listeners.error());
  SocketHolders holders;
  for (const ports::Listener& listener : *listeners) {
    const bool own = is_inside(listener.cgroup, state.control_group);
    if (own && !holders.own) holders.own = listener;
    if (!own && listener.pid == 0) holders.unseen = true;
    if (!holders.first) holders.first = listener;
  }
  return holders;
}

Result<ports::OllamaService> own_ollama(const Context& context, const Endpoint& endpoint,
                                        const ports::UnitState& state) {
  const auto sockets = who_listens(context, endpoint, state);
  if (!sockets) return Failure(sockets.error());
  if (sockets->own) {
    return ports::OllamaService{endpoint, sockets->own->address, state.control_group};
  }
  const std::string address = endpoint.connectable().text();
  if (sockets->unseen) {
    return fail(Errc::permission,
                fmt::format("whose socket listens at {} cannot be seen without root", address));
  }
  if (sockets->first) {
    return fail(Errc::conflict, fmt::format("{} (pid {}) listens at {}, not this service",
                                            sockets->first->command, sockets->first->pid, address));
  }
  return fail(Errc::not_found, fmt::format("nothing listens at {}", address));
}

Result<ports::OllamaService> own_ollama(const Context& context, const UnitSnapshot& snapshot,
                                        const ports::UnitState& state) {
  const Endpoint endpoint = endpoint_of(snapshot.effective);
  if (std::string why = why_unreachable(snapshot, endpoint.connectable().host); !why.empty()) {
    return fail(Errc::failed, std::move(why));
  }
  return own_ollama(context, endpoint, state);
}

bool can_be_asked(const UnitSnapshot& snapshot) {
  return why_unreachable(snapshot, endpoint_of(snapshot.effective).connectable().host).empty();
}

DeviceLists lists_of(const EffectiveEnvironment& environment, const DropIn& ours) {
  const auto list = [&](const char* name) {
    const DropInVariable* own = ours.find(name);
    return own != nullptr ? std::optional(own->value) : value_in(environment, name);
  };
  return {list("CUDA_VISIBLE_DEVICES"), list("ROCR_VISIBLE_DEVICES")};
}

std::vector<bool> visible_to(const Environment& environment, const Inventory& inventory) {
  std::vector<bool> visible(inventory.gpus.size(), false);
  for (const auto& devices :
       {visible_devices(value_in(environment, "CUDA_VISIBLE_DEVICES"), inventory),
        visible_amd_devices(value_in(environment, "ROCR_VISIBLE_DEVICES"), inventory)}) {
    for (const SelectedDevice& device : devices) visible[device.gpu] = true;
  }
  return visible;
}

bool is_judged(const Gpu& gpu, const Environment& environment) {
  if (gpu.vendor == Vendor::amd) return environment.contains("ROCR_VISIBLE_DEVICES");
  return gpu.vendor == Vendor::nvidia;
}

}  // namespace ollama_gpu::app
