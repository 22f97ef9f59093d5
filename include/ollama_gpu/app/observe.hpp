// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ollama_gpu/app/context.hpp"
#include "ollama_gpu/core/drop_in/drop_in.hpp"
#include "ollama_gpu/core/gpu/gpu.hpp"
#include "ollama_gpu/core/gpu/selector.hpp"
#include "ollama_gpu/core/systemd/memo_files.hpp"
#include "ollama_gpu/core/systemd/unit_snapshot.hpp"

namespace ollama_gpu::app {

// The unit as it lies on disk and as systemd has it, before anything is changed.
struct Observation {
  std::shared_ptr<MemoFiles> files = {};  // as first looked at
  std::string unit_id = {};
  std::string drop_in_directory = {};
  std::string drop_in_path = {};
  SnapshotInput input = {};
  std::uint64_t reloaded_usec = 0;  // when systemd last read its files; 0: not known
  // The manager's DefaultTimeoutStartSec=, in microseconds.
  std::uint64_t default_start_timeout = ports::ManagerState{}.default_timeout_start_usec;
  UnitSnapshot disk = {};
  UnitSnapshot without_ours = {};  // the same if our drop-in were not there
  std::optional<ports::FileContent> former = {};
  std::vector<ports::Generation> generations = {};  // earlier changes, oldest first
  bool history_closed = false;                      // they may not be read
  bool edited_by_hand = false;                      // our drop-in, since the last of them
  ReadDropIn current = {};  // what our drop-in says; for a new instance, what its template's says
  ports::ServiceManager* manager = nullptr;    // null: nothing can be applied now
  std::optional<ports::UnitState> state = {};  // with a manager only
  std::string manager_problem = {};            // why there is none though systemd runs
  // Why our drop-in cannot be changed (it is a link, or lies behind one).
  std::optional<Error> refused = {};
  // What had to be assumed of the manager because it did not say, in words; empty: nothing.
  std::string assumed = {};
};

// The canonical id of the unit named in the options, as systemd would resolve it. `files`, here and
// below: what was looked at already.
Result<std::string> resolve_unit_id(const Context& context,
                                    std::shared_ptr<MemoFiles> files = nullptr);

// What is looked at for a change is refused where it cannot be seen whole or must not be written;
// whoever only looks is shown the rest, and told of it by not_seen_by().
enum class Purpose { look, change };

// Errc::usage for a bad name; a unit that does not exist is a fault found later.
Result<Observation> observe(Context& context, Purpose purpose = Purpose::look,
                            std::shared_ptr<MemoFiles> files = nullptr);

// In words: what was assumed, could not be read, or cannot be changed.
std::vector<std::string> not_seen_by(const Observation& observation);

// Our drop-in with these bytes, as the running systemd reads it.
ReadDropIn read_ours(const Observation& observation, std::string bytes);

// A snapshot of the unit with `bytes` (nothing: no file) as our drop-in, and `others` replaced.
Result<UnitSnapshot> simulate(const Observation& observation,
                              const std::optional<std::string>& bytes,
                              const std::vector<ports::ReplacedFile>& others = {});

// The same of another unit of the same files.
Result<UnitSnapshot> simulate_unit(const Observation& observation, const std::string& unit,
                                   const std::optional<std::string>& bytes,
                                   const std::vector<ports::ReplacedFile>& others);

// A file of a change as it lies there now; `like` says whether a link is meant.
Result<std::optional<ports::FileContent>> load_now(const ports::FileSystem& files,
                                                   const ports::ReplacedFile& like);

// Where Ollama will listen with this environment (OLLAMA_HOST).
Endpoint endpoint_of(const EffectiveEnvironment& environment);

// NAME=VALUE strings as a map; the last of a name wins.
std::map<std::string, std::string> environment_map(const std::vector<std::string>& strings);

// The environment of the unit's main process, read only once it is the service's own (its
// INVOCATION_ID is the unit's): waits up to two seconds for the exec. Errc::not_found when nothing
// runs, Errc::permission.
Result<std::map<std::string, std::string>> process_environment(Context& context,
                                                               const ports::UnitState& state);

// Whether a process belongs to a control group whose processes are `listed`; one that is ending is
// in no list, and holds its memory all the same.
bool is_of_group(const Context& context, const std::vector<int>& listed,
                 const std::string& control_group, int pid);

// Bytes that the unit's own processes hold on each GPU of the inventory; all 0 where nothing runs.
std::vector<std::uint64_t> memory_held(const Context& context, const Inventory& inventory,
                                       const std::string& control_group);

}  // namespace ollama_gpu::app
