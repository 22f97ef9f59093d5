// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ollama_gpu/app/observe.hpp"

namespace ollama_gpu::app {

using Environment = std::map<std::string, std::string>;

// A variable's value, or nothing where it is not set.
std::optional<std::string> value_in(const Environment& environment, const std::string& name);
std::optional<std::string> value_in(const EffectiveEnvironment& environment,
                                    const std::string& name);

// The environment that Ollama has, else would get; nothing when the unit does not exist.
std::optional<Environment> environment_in_force(Context& context, const Observation& seen);

// The address that an Ollama with this environment listens on.
Endpoint endpoint_of(const Environment& environment);

// The run that the unit is in, for its lines in the journal.
ports::UnitRun run_of(const Context& context, const ports::UnitState& state);

// Who holds the sockets at an address.
struct SocketHolders {
  std::optional<ports::Listener> own = {};    // a process of the unit
  bool unseen = false;                        // somebody whom only root could see
  std::optional<ports::Listener> first = {};  // nothing: nobody listens there
};
Result<SocketHolders> who_listens(const Context& context, const Endpoint& endpoint,
                                  const ports::UnitState& state);

// The unit's own Ollama, to be asked: everything that is asked goes through here. Errc::not_found
// (nobody listens there), Errc::conflict (another does), Errc::permission (only root could see who
// does), Errc::failed (the name has no address), Errc::interrupted.
Result<ports::OllamaService> own_ollama(const Context& context, const Endpoint& endpoint,
                                        const ports::UnitState& state);
// The same at the address that the unit's files say; Errc::failed, and why, where it cannot be
// reached from here (see why_unreachable()).
Result<ports::OllamaService> own_ollama(const Context& context, const UnitSnapshot& snapshot,
                                        const ports::UnitState& state);
bool can_be_asked(const UnitSnapshot& snapshot);

// CUDA_VISIBLE_DEVICES and ROCR_VISIBLE_DEVICES of a process; nothing: unset.
struct DeviceLists {
  std::optional<std::string> cuda = {};
  std::optional<std::string> rocr = {};

  friend bool operator==(const DeviceLists&, const DeviceLists&) = default;
};

// The GPUs that a process is told to use: by our drop-in, or else by this environment.
DeviceLists lists_of(const EffectiveEnvironment& environment, const DropIn& ours = {});

// Positions of the GPUs that an Ollama with this environment may use, of NVIDIA and AMD.
std::vector<bool> visible_to(const Environment& environment, const Inventory& inventory);

// Whether that can be known at all: which AMD GPUs ROCm can use without a list is not.
bool is_judged(const Gpu& gpu, const Environment& environment);

}  // namespace ollama_gpu::app
