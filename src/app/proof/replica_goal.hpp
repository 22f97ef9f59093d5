// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/proof/evidence.hpp"
#include "ollama_gpu/app/observe.hpp"
#include "ollama_gpu/core/replicas/replica_set.hpp"

namespace ollama_gpu::app {

// One of several servers, as it is to be.
struct ServerGoal {
  ReplicaServer server;
  Expectation expected = {};
  std::uint64_t unit_changed = 0;  // when its unit's file last changed, in microseconds
};

// Several servers and the entry before them, as they are to be.
struct ReplicaGoal {
  ReplicaPlaces places;
  Endpoint listen = {};
  std::string mark = {};                 // of the entry's configuration
  std::string config = {};               // of the entry
  bool entry_edited = false;             // its configuration, by hand
  std::string template_trouble = {};     // "is missing", of the others' unit
  std::vector<ServerGoal> servers = {};  // the unit itself first
};

// The places of the files of several servers; nothing where the unit can have none.
std::optional<ReplicaPlaces> places_of(const Observation& seen);

enum class Need { nothing, start, restart, reload };

// What a server needs so that its process has what it should.
Need need_of(Context& context, ports::ServiceManager& manager, const ServerGoal& server);

// What the entry needs.
Need need_of_entry(Context& context, ports::ServiceManager& manager, const ReplicaGoal& goal);

// The unit's own state and those of the others that share the GPUs with it; none where no systemd
// can be asked.
std::vector<ports::UnitState> states_of_servers(const Observation& seen);

// Bytes that all of them hold on each GPU of the inventory.
std::vector<std::uint64_t> memory_held_by_servers(const Context& context, const Observation& seen,
                                                  const Inventory& inventory);

// What our drop-in says of several servers: the one on disk, or where somebody took it away the
// last one, as long as its template lies there; nothing where the unit is alone.
std::optional<DropIn> shared_drop_in(const Observation& seen);

// The servers that `drop_in`, ours at `bytes`, speaks of, as they are with `files` exchanged (none:
// as they lie on disk); nothing where it speaks of none.
Result<std::optional<ReplicaGoal>> replica_goal(Context& context, const Observation& seen,
                                                const DropIn& drop_in,
                                                const std::optional<std::string>& bytes,
                                                const std::vector<ports::ReplacedFile>& files);

// The same as on disk.
Result<std::optional<ReplicaGoal>> goal_on_disk(Context& context, const Observation& seen);

}  // namespace ollama_gpu::app
