// SPDX-License-Identifier: MIT
#include "app/change/replica_checks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/running.hpp"
#include "ollama_gpu/core/replicas/proxy_stats.hpp"
#include "ollama_gpu/core/replicas/replica_files.hpp"
#include "ollama_gpu/core/replicas/unit_fit.hpp"

namespace ollama_gpu::app {

namespace {

constexpr const char* kInstall = "install it: sudo apt-get install haproxy (or dnf, pacman -S)";

Result<void> check_not_foreign(const Context& context, const std::string& path, bool link,
                               const std::string& target) {
  const auto status = context.files.status(path);
  if (!status) return {};
  if (link && status->type == FileType::symlink) {
    if (context.files.read_link(path).value_or("") == target) return {};
  } else if (!link && is_of_ollama_gpu(context.files.read(path).value_or(""))) {
    return {};
  }
  return Failure(Error{Errc::conflict,
                       fmt::format("{} is there already, and not of ollama-gpu", path),
                       "--replicas needs that name: move yours away, or leave --replicas out",
                       Location{path, 0, 0, ""}});
}

// A template of the same name anywhere else would be hidden by ours.
Result<void> check_template(const Observation& seen, const ReplicaPlaces& places) {
  const auto name = UnitName::parse(places.server_unit(1));
  const auto found = find_unit(*seen.files, seen.input.search_path, *name);
  if (!found || found->fragment.empty() || found->fragment == places.template_path) return {};
  return Failure(Error{Errc::conflict,
                       fmt::format("there is a template {} already", found->fragment),
                       "--replicas needs that name: move yours away, or leave --replicas out",
                       Location{found->fragment, 0, 0, ""}});
}

Result<void> check_selinux(const Context& context) {
  const auto enforcing = context.files.read("/sys/fs/selinux/enforce");
  if (!enforcing || !enforcing->starts_with('1')) return {};
  const auto may = context.files.read("/sys/fs/selinux/booleans/haproxy_connect_any");
  if (!may || may->starts_with('1')) return {};
  return fail(Errc::conflict, "SELinux does not let HAProxy connect to the servers",
              "allow it: sudo setsebool -P haproxy_connect_any on");
}

// `own`: control groups whose sockets are ours.
Result<void> check_free(const Context& context, const Endpoint& endpoint,
                        const std::vector<std::string>& own) {
  const auto listeners = context.processes.listeners(endpoint, own.front());
  if (!listeners) return {};
  for (const ports::Listener& other : *listeners) {
    const bool ours = std::ranges::any_of(own, [&](const std::string& group) {
      return !group.empty() && (other.cgroup == group || other.cgroup.starts_with(group + "/"));
    });
    if (ours || (other.pid == 0 && !context.host.is_root())) continue;
    return fail(Errc::conflict,
                fmt::format("{} is taken: {} (pid {}) listens there", endpoint.text(),
                            other.command.empty() ? "another process" : other.command, other.pid),
                "stop it, or choose another port with --listen: the servers have those after it");
  }
  return {};
}

// What an image's HAProxy says of itself is not asked: it may be of another machine.
Result<std::string> find_proxy_in_root(const Context& context) {
  for (const std::string path : {"/usr/sbin/haproxy", "/usr/bin/haproxy"}) {
    if (context.files.resolve(path)) return path;
  }
  return fail(
      Errc::not_found,
      fmt::format("--replicas needs HAProxy, which is not there below {}", context.options.root),
      "install it there first");
}

}  // namespace

Result<void> check_replicas(const Context& context, const Observation& seen,
                            const ReplicaPlaces& places) {
  if (context.options.user) {
    return fail(Errc::usage, "--replicas does not go with --user",
                "its entry is a unit of the system: use a service of the system");
  }
  if (seen.disk.files.empty()) return {};  // no unit: said by others
  if (!can_be_asked(seen.without_ours)) {
    return fail(Errc::conflict,
                fmt::format("the sockets of {} cannot be reached from outside it (a network of its "
                            "own), so no entry can stand before it",
                            seen.unit_id),
                "take PrivateNetwork= or the like out of it, or leave --replicas out");
  }
  if (auto unfit = find_unfit(seen.without_ours)) return Failure(std::move(*unfit));
  for (const std::string& path :
       {places.template_path, places.revive_path, places.entry_path, places.entry_config}) {
    if (auto ours = check_not_foreign(context, path, false, ""); !ours) return ours;
  }
  auto link = check_not_foreign(context, places.shared_link, true, places.shared_directory);
  if (!link) return link;
  return check_template(seen, places);
}

Result<std::string> find_proxy(const Context& context) {
  if (!context.options.root.empty()) return find_proxy_in_root(context);
  auto program = context.entry.program();
  if (!program) {
    return fail(Errc::not_found, "--replicas needs HAProxy, which is not installed", kInstall);
  }
  const auto line = context.entry.version(*program);
  if (!line) return Failure(line.error());
  const auto version = parse_proxy_version(*line);
  if (!version || *version < kFirstProxy) {
    return fail(Errc::conflict,
                fmt::format("HAProxy {}.{} or later is needed, and {} says: {}", kFirstProxy.major,
                            kFirstProxy.minor, *program, line->empty() ? "nothing" : *line),
                kInstall);
  }
  if (auto allowed = check_selinux(context); !allowed) return Failure(allowed.error());
  return program;
}

Result<void> check_ports(const Context& context, const Observation& seen, const ReplicaGoal& goal) {
  if (!seen.state) return {};
  const auto group_of = [&](const std::string& unit) {
    const auto state = seen.manager->unit(unit);
    return state ? state->control_group : std::string();
  };
  auto entry = check_free(context, goal.listen.connectable(),
                          {group_of(goal.places.entry_unit), seen.state->control_group});
  if (!entry) return entry;
  for (std::size_t i = 1; i < goal.servers.size(); ++i) {
    const ReplicaServer& server = goal.servers[i].server;
    auto free = check_free(context, server.endpoint(), {group_of(server.unit)});
    if (!free) return free;
  }
  return {};
}

}  // namespace ollama_gpu::app
