// SPDX-License-Identifier: MIT
#include "ollama_gpu/app/observe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "app/history.hpp"
#include "ollama_gpu/core/contains.hpp"
#include "ollama_gpu/core/drop_in/conflicts.hpp"
#include "ollama_gpu/core/systemd/overlay_files.hpp"

namespace ollama_gpu::app {

namespace {

constexpr unsigned kAssumedVersion = 252;  // where no manager can be asked

unsigned major_version(const std::string& text) {
  const unsigned long number = std::strtoul(text.c_str(), nullptr, 10);
  return number > 0 ? static_cast<unsigned>(number) : kAssumedVersion;
}

void ask_manager(Context& context, Observation& observation) {
  auto manager = context.manager();
  if (!manager) {
    observation.manager_problem = manager.error().message;
    return;
  }
  observation.manager = *manager;
  if (observation.manager == nullptr) return;
  auto state = observation.manager->manager();
  if (!state) {
    observation.assumed = fmt::format(
        "systemd did not say which version it is and what it gives to every service, so version {} "
        "and nothing are assumed: {}",
        kAssumedVersion, state.error().message);
    return;
  }
  observation.input.systemd_version = major_version(state->version);
  observation.default_start_timeout = state->default_timeout_start_usec;
  observation.reloaded_usec = state->units_load_usec;
  if (!state->unit_path.empty()) observation.input.search_path = std::move(state->unit_path);
  for (const auto& [name, value] : environment_map(state->environment)) {
    observation.input.manager_environment.push_back({name, value, {"", 0, 0, "manager"}});
  }
}

// What PassEnvironment=, %h and %s take: PID 1's own variables. Only root may read them. The user's
// manager gives all of its own to every service anyway.
void read_manager_process(const Context& context, Observation& observation) {
  if (observation.manager == nullptr || context.options.user) return;
  const auto strings = context.processes.environment(1);
  if (!strings) return;
  for (const auto& [name, value] : environment_map(*strings)) {
    // The kernel's, which PID 1 takes away again (src/core/main.c, fixup_environment).
    if (name == "HOME" && value == "/") continue;
    observation.input.manager_process_environment.push_back({name, value});
    if (name == "HOME") observation.input.host_specifiers['h'] = value;
    if (name == "SHELL") observation.input.host_specifiers['s'] = value;
  }
}

// Under the unit's own name, whichever it was asked for: that is how systemd has it after a reload.
Result<void> read_disk(const UnitName& name, Observation& observation) {
  auto disk = take_snapshot(*observation.files, observation.input, name);
  if (!disk) return Failure(disk.error());
  const auto own = UnitName::parse(disk->on_disk.id);
  if (own && own->id() != name.id()) {
    disk = take_snapshot(*observation.files, observation.input, *own);
    if (!disk) return Failure(disk.error());
  }
  observation.disk = std::move(*disk);
  observation.unit_id = observation.disk.on_disk.id;
  return {};
}

// Our drop-in where systemd finds it: its directories are known by where they really lie
// (src/shared/dropin.c, unit_file_find_dir).
void find_behind_link(Observation& observation) {
  const auto real = observation.files->resolve(observation.drop_in_path);
  const UnitFile* file = real ? observation.disk.file(*real) : nullptr;
  if (file == nullptr) return;
  observation.drop_in_path = file->path;
  observation.former = ports::FileContent{file->bytes};
}

// A new instance's file of ours would hide its template's: it starts from that one's settings.
Result<void> read_current(const Context& context, Purpose purpose, Observation& observation) {
  auto former = context.files.load(observation.drop_in_path);
  if (former) {
    observation.former = std::move(*former);
  } else if (purpose == Purpose::change || former.error().code != Errc::conflict) {
    return Failure(former.error());
  } else {
    observation.refused = former.error();
    find_behind_link(observation);
  }
  std::vector<std::string> damaged;
  // Without a readable history every change still works.
  auto generations = context.store.list(observation.unit_id, damaged);
  if (generations) observation.generations = std::move(*generations);
  observation.history_closed = !generations && generations.error().code == Errc::permission;
  if (observation.former) {
    observation.current = read_ours(observation, observation.former->bytes);
    observation.edited_by_hand = edited_since_last_change(observation);
    return {};
  }
  for (const UnitFile& file : observation.disk.files) {
    if (!file.path.ends_with("/" + std::string(kDropInName))) continue;
    if (!file.path.starts_with(context.config_directory)) continue;
    observation.current = read_drop_in(file, observation.disk.specifiers.in_drop_ins);
  }
  return {};
}

}  // namespace

Result<std::string> resolve_unit_id(const Context& context, std::shared_ptr<MemoFiles> files) {
  auto name = UnitName::parse(context.options.unit);
  if (!name) return Failure(name.error());
  if (!files) files = std::make_shared<MemoFiles>(context.files);
  auto unit = find_unit(*files, context.search_path, *name);
  if (!unit) return Failure(unit.error());
  if (files->trouble()) return Failure(*files->trouble());
  return unit->id.empty() ? name->id() : unit->id;
}

Result<Observation> observe(Context& context, Purpose purpose, std::shared_ptr<MemoFiles> files) {
  auto name = UnitName::parse(context.options.unit);
  if (!name) return Failure(name.error());

  Observation seen;
  seen.files = files ? std::move(files) : std::make_shared<MemoFiles>(context.files);
  seen.input.search_path = context.search_path;
  seen.input.pass_over_closed = purpose == Purpose::look;
  seen.input.host_specifiers = context.host.specifiers();
  ask_manager(context, seen);
  read_manager_process(context, seen);

  if (auto read = read_disk(*name, seen); !read) return Failure(read.error());
  seen.drop_in_directory = fmt::format("{}/{}.d", context.config_directory, seen.unit_id);
  seen.drop_in_path = fmt::format("{}/{}", seen.drop_in_directory, kDropInName);
  if (auto read = read_current(context, purpose, seen); !read) return Failure(read.error());
  auto without = simulate(seen, std::nullopt);
  if (!without) return Failure(without.error());
  seen.without_ours = std::move(*without);
  if (seen.files->trouble()) return Failure(*seen.files->trouble());

  if (seen.manager != nullptr && seen.disk.on_disk.load_state != LoadState::not_found) {
    auto state = seen.manager->unit(seen.unit_id);
    if (!state) return Failure(find_unreadable_name(seen.disk).value_or(state.error()));
    seen.state = std::move(*state);
  }
  return seen;
}

std::vector<std::string> not_seen_by(const Observation& observation) {
  std::vector<std::string> notes;
  if (!observation.assumed.empty()) notes.push_back(observation.assumed);
  for (const Error& closed : observation.disk.closed) {
    notes.push_back("what it says is missing here: " + closed.message);
  }
  if (observation.refused) {
    notes.push_back("configure would refuse this unit: " + observation.refused->message);
  }
  return notes;
}

ReadDropIn read_ours(const Observation& observation, std::string bytes) {
  return read_drop_in(parse_unit_file(observation.drop_in_path, std::move(bytes),
                                      observation.input.systemd_version),
                      observation.disk.specifiers.in_drop_ins);
}

Result<UnitSnapshot> simulate(const Observation& observation,
                              const std::optional<std::string>& bytes,
                              const std::vector<ports::ReplacedFile>& others) {
  return simulate_unit(observation, observation.unit_id, bytes, others);
}

Result<UnitSnapshot> simulate_unit(const Observation& observation, const std::string& unit,
                                   const std::optional<std::string>& bytes,
                                   const std::vector<ports::ReplacedFile>& others) {
  auto name = UnitName::parse(unit);
  if (!name) return Failure(name.error());
  std::vector<std::unique_ptr<FileReader>> layers;  // each refers to the one below
  layers.push_back(
      std::make_unique<OverlayFiles>(*observation.files, observation.drop_in_path, bytes));
  for (const ports::ReplacedFile& file : others) {
    if (file.path == observation.drop_in_path) continue;
    if (file.written && file.written->link) {
      layers.push_back(
          std::make_unique<OverlayLink>(*layers.back(), file.path, file.written->bytes));
      continue;
    }
    layers.push_back(std::make_unique<OverlayFiles>(
        *layers.back(), file.path,
        file.written ? std::optional(file.written->bytes) : std::nullopt));
  }
  return take_snapshot(*layers.back(), observation.input, *name);
}

Result<std::optional<ports::FileContent>> load_now(const ports::FileSystem& files,
                                                   const ports::ReplacedFile& like) {
  const bool link = (like.former && like.former->link) || (like.written && like.written->link);
  return link ? files.load_link(like.path) : files.load(like.path);
}

Endpoint endpoint_of(const EffectiveEnvironment& environment) {
  const auto host = environment.variables.find("OLLAMA_HOST");
  return parse_ollama_host(host == environment.variables.end() ? "" : host->second.value).endpoint;
}

std::map<std::string, std::string> environment_map(const std::vector<std::string>& strings) {
  std::map<std::string, std::string> map;
  for (const std::string& text : strings) {
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) map[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return map;
}

Result<std::map<std::string, std::string>> process_environment(Context& context,
                                                               const ports::UnitState& state) {
  if (state.main_pid == 0) return fail(Errc::not_found, "no main process runs");
  constexpr double kExecTime = 2.0;
  const auto start = context.clock.now();
  while (true) {
    auto strings = context.processes.environment(static_cast<int>(state.main_pid));
    if (!strings) return Failure(strings.error());
    auto map = environment_map(*strings);
    // Between fork and exec this is still the manager's own environment.
    if (state.invocation_id.empty() || map["INVOCATION_ID"] == state.invocation_id) return map;
    if ((context.clock.now() - start).count() > kExecTime) {
      return fail(Errc::failed, fmt::format("process {} does not carry this run's INVOCATION_ID",
                                            state.main_pid));
    }
    context.clock.sleep(ports::Clock::Seconds(0.005));
  }
}

bool is_of_group(const Context& context, const std::vector<int>& listed,
                 const std::string& control_group, int pid) {
  if (contains(listed, pid)) return true;
  const std::string found = context.processes.control_group(pid);
  return !control_group.empty() &&
         (found == control_group || found.starts_with(control_group + '/'));
}

std::vector<std::uint64_t> memory_held(const Context& context, const Inventory& inventory,
                                       const std::string& control_group) {
  std::vector<std::uint64_t> held(inventory.gpus.size(), 0);
  if (control_group.empty()) return held;
  const auto pids = context.processes.in_control_group(control_group);
  if (!pids) return held;
  for (std::size_t i = 0; i < inventory.gpus.size(); ++i) {
    for (const GpuProcess& process : inventory.gpus[i].processes) {
      if (is_of_group(context, *pids, control_group, process.pid))
        held[i] += process.memory.value_or(0);
    }
  }
  return held;
}

}  // namespace ollama_gpu::app
