// SPDX-License-Identifier: MIT
#include "app/proof/replica_goal.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/history.hpp"
#include "app/running.hpp"
#include "ollama_gpu/core/replicas/replica_files.hpp"

namespace ollama_gpu::app {

namespace {

// What our two files make of a server's environment: what only the first one's drop-in says holds
// for this one too.
DropIn ours_in(const UnitSnapshot& snapshot, const DropIn& shared, const Expectation& expected) {
  DropIn ours = shared;
  ours.replicas.reset();
  const auto own = std::ranges::find(snapshot.files, expected.drop_in_path, &UnitFile::path);
  if (own == snapshot.files.end()) return ours;
  for (const auto& variable : merge_environment({*own}, snapshot.specifiers).environment) {
    ours.put({variable.name, variable.value});
  }
  return ours;
}

std::optional<std::string> bytes_after(const Context& context,
                                       const std::vector<ports::ReplacedFile>& files,
                                       const std::string& path) {
  const auto written = std::ranges::find(files, path, &ports::ReplacedFile::path);
  if (written != files.end()) {
    return written->written ? std::optional(written->written->bytes) : std::nullopt;
  }
  auto text = context.files.read(path);
  return text ? std::optional(std::move(*text)) : std::nullopt;
}

// A file that is going to be written is later than any process.
std::uint64_t changed_after(const Context& context, const std::vector<ports::ReplacedFile>& files,
                            const std::string& path) {
  const auto written = std::ranges::find(files, path, &ports::ReplacedFile::path);
  return written != files.end() ? UINT64_MAX : context.files.changed_usec(path);
}

Endpoint listen_of(const Observation& seen, const DropIn& drop_in) {
  const DropIn alone = as_one_server(drop_in);
  const DropInVariable* own = alone.find("OLLAMA_HOST");
  const auto others = value_in(seen.without_ours.effective, "OLLAMA_HOST");
  return parse_ollama_host(own != nullptr ? own->value : others.value_or("")).endpoint;
}

std::string gpus_in(const EffectiveEnvironment& environment) {
  std::string gpus;
  for (const char* list : {"CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"}) {
    const auto ids = value_in(environment, list);
    if (!ids || ids->empty() || ids->front() == '-') continue;
    gpus += (gpus.empty() ? "" : ",") + *ids;
  }
  return gpus;
}

}  // namespace

std::optional<ReplicaPlaces> places_of(const Observation& seen) {
  const std::size_t end = seen.drop_in_directory.rfind('/');
  auto places = replica_places(seen.unit_id, seen.drop_in_directory.substr(0, end));
  return places ? std::optional(std::move(*places)) : std::nullopt;
}

std::optional<DropIn> shared_drop_in(const Observation& seen) {
  if (seen.current.drop_in.replicas) return seen.current.drop_in;
  const auto places = places_of(seen);
  if (seen.former || !places || !seen.files->status(places->template_path)) return std::nullopt;
  const auto known = known_drop_ins(seen);
  const auto last = std::find_if(known.rbegin(), known.rend(), [](const DropIn& drop_in) {
    return drop_in.replicas.has_value();
  });
  return last == known.rend() ? std::nullopt : std::optional(*last);
}

std::vector<ports::UnitState> states_of_servers(const Observation& seen) {
  std::vector<ports::UnitState> states;
  if (!seen.state) return states;
  states.push_back(*seen.state);
  const auto places = places_of(seen);
  const auto drop_in = shared_drop_in(seen);
  if (!places || !drop_in) return states;
  for (const ReplicaServer& server : servers_of(*drop_in, *places)) {
    if (server.drop_in_path.empty()) continue;
    if (auto state = seen.manager->unit(server.unit)) states.push_back(std::move(*state));
  }
  return states;
}

std::vector<std::uint64_t> memory_held_by_servers(const Context& context, const Observation& seen,
                                                  const Inventory& inventory) {
  std::vector<std::uint64_t> held(inventory.gpus.size(), 0);
  for (const ports::UnitState& state : states_of_servers(seen)) {
    const auto own = memory_held(context, inventory, state.control_group);
    for (std::size_t i = 0; i < held.size(); ++i) held[i] += own[i];
  }
  return held;
}

Need need_of(Context& context, ports::ServiceManager& manager, const ServerGoal& server) {
  const auto state = manager.unit(server.server.unit);
  if (!state || state->main_pid == 0) return Need::start;
  const auto environment = process_environment(context, *state);
  if (!environment && environment.error().code == Errc::permission) return Need::nothing;  // unseen
  if (!environment || !missing_in(*environment, server.expected).empty()) return Need::restart;
  return server.unit_changed > state->active_enter_usec ? Need::restart : Need::nothing;
}

Need need_of_entry(Context& context, ports::ServiceManager& manager, const ReplicaGoal& goal) {
  const auto state = manager.active_state(goal.places.entry_unit);
  if (!state || *state != "active") return Need::start;
  const auto proxy = context.entry.look(goal.places.entry_socket);
  if (!proxy && proxy.error().code == Errc::permission) return Need::nothing;
  if (!proxy || proxy->mark != goal.mark) return Need::reload;
  // A run that was killed in the middle has left it so; a reload forgets it.
  const bool drained = std::ranges::any_of(proxy->servers, [](const ProxyServer& server) {
    return server.status.starts_with("DRAIN") || server.status.starts_with("MAINT");
  });
  return drained ? Need::reload : Need::nothing;
}

Result<std::optional<ReplicaGoal>> replica_goal(Context& context, const Observation& seen,
                                                const DropIn& drop_in,
                                                const std::optional<std::string>& bytes,
                                                const std::vector<ports::ReplacedFile>& files) {
  const auto places = places_of(seen);
  if (!places || !drop_in.replicas) return std::nullopt;
  ReplicaGoal goal{*places};
  const auto config = bytes_after(context, files, places->entry_config);
  goal.mark = entry_mark(config.value_or(""));
  goal.config = config.value_or("");
  goal.entry_edited = config && !is_intact(*config);
  goal.listen = listen_of(seen, drop_in);
  if (!seen.disk.files.empty()) {
    const UnitFile& fragment = seen.disk.files.front();
    const auto text = bytes_after(context, files, places->template_path);
    if (!text) goal.template_trouble = "is missing";
    if (text && *text != template_text(*places, fragment.path, fragment.bytes)) {
      goal.template_trouble = fmt::format("is a copy of an older {}", places->unit);
    }
  }
  for (ReplicaServer& server : servers_of(drop_in, *places)) {
    const bool first = server.drop_in_path.empty();
    ServerGoal one{std::move(server)};
    auto snapshot = simulate_unit(seen, one.server.unit, bytes, files);
    if (!snapshot) return Failure(snapshot.error());
    Expectation& expected = one.expected;
    expected.unit_id = one.server.unit;
    expected.drop_in_path = first ? seen.drop_in_path : one.server.drop_in_path;
    expected.bytes = first ? bytes : bytes_after(context, files, one.server.drop_in_path);
    expected.snapshot = std::move(*snapshot);
    expected.drop_in = first ? drop_in : ours_in(expected.snapshot, drop_in, expected);
    if (!first) one.unit_changed = changed_after(context, files, places->template_path);
    one.server.drop_in = expected.drop_in;
    one.server.gpus = gpus_in(expected.snapshot.effective);
    goal.servers.push_back(std::move(one));
  }
  if (goal.servers.size() < 2) return std::nullopt;
  return goal;
}

Result<std::optional<ReplicaGoal>> goal_on_disk(Context& context, const Observation& seen) {
  const auto bytes = seen.former ? std::optional(seen.former->bytes) : std::nullopt;
  return replica_goal(context, seen, shared_drop_in(seen).value_or(DropIn{}), bytes, {});
}

}  // namespace ollama_gpu::app
