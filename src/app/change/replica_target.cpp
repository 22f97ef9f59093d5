// SPDX-License-Identifier: MIT
#include "app/change/replica_target.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/change/replica_checks.hpp"
#include "app/proof/replica_goal.hpp"
#include "app/running.hpp"
#include "ollama_gpu/core/replicas/replica_files.hpp"
#include "ollama_gpu/core/replicas/unit_fit.hpp"

namespace ollama_gpu::app {

namespace {

constexpr unsigned kFileMode = 0644;
constexpr unsigned kLinkMode = 0777;

// As the process will have it: ours, else what somebody else sets.
std::optional<std::string> value_of(const DropIn& drop_in, const Observation& seen,
                                    const char* name) {
  const DropInVariable* own = drop_in.find(name);
  return own != nullptr ? std::optional(own->value) : value_in(seen.without_ours.effective, name);
}

ReplicaFacts facts_for(const Observation& seen, const DropIn& drop_in, ReplicaPlaces places) {
  ReplicaFacts facts;
  facts.listen = parse_ollama_host(value_of(drop_in, seen, "OLLAMA_HOST").value_or("")).endpoint;
  const auto former = servers_of(seen.current.drop_in, places);
  // Running servers keep their ports, so that they can be changed one after another.
  facts.first_port =
      former.empty() ? static_cast<std::uint16_t>(facts.listen.port + 1) : former.front().port;
  facts.parallel = parallel_in(value_of(drop_in, seen, "OLLAMA_NUM_PARALLEL"));
  facts.restart = restart_policy(seen.without_ours);
  facts.spread_is_set = value_in(seen.without_ours.effective, "OLLAMA_SCHED_SPREAD").has_value();
  facts.places = std::move(places);
  return facts;
}

OwnFile own_file(const Context& context, const ReplicaFile& file) {
  return {file.path,
          ports::FileContent{file.bytes, file.link ? kLinkMode : kFileMode, context.host.user_id(),
                             context.host.group_id(), file.link},
          file.link};
}

ReplicaSources sources_for(const Context& context, const Observation& seen, std::string proxy) {
  ReplicaSources sources;
  const UnitFile& fragment = seen.disk.files.front();
  sources.fragment = fragment.path;
  sources.fragment_text = fragment.bytes;
  sources.proxy = std::move(proxy);
  sources.revive_after = restart_delay(seen.without_ours);
  // An image has the address families of the machine that it will run on: those of any.
  sources.both_families =
      !context.options.root.empty() || context.files.status("/proc/net/if_inet6").has_value();
  return sources;
}

// Servers of several GPUs spread their models unless it is said otherwise: that has to stand there.
void keep_off_spread(const ConfigureRequest& request, DropIn& drop_in) {
  constexpr const char* kSpread = "OLLAMA_SCHED_SPREAD";
  const bool off = std::ranges::any_of(request.changes, [](const SettingChange& change) {
    return change.name == kSpread && change.kind == SettingChange::Kind::off;
  });
  if (off && drop_in.find(kSpread) == nullptr) drop_in.put({kSpread, "0"});
}

bool is_among(const std::vector<OwnFile>& files, const std::string& path) {
  return std::ranges::any_of(files, [&](const OwnFile& file) { return file.path == path; });
}

}  // namespace

std::vector<OwnFile> files_of_former_servers(const Observation& seen) {
  std::vector<OwnFile> files;
  const auto places = places_of(seen);
  const auto drop_in = shared_drop_in(seen);
  if (!drop_in || !places) return files;
  for (const ReplicaServer& server : servers_of(*drop_in, *places)) {
    if (!server.drop_in_path.empty()) files.push_back({server.drop_in_path});
  }
  for (const std::string& path : {places->shared_link, places->revive_path, places->entry_config,
                                  places->entry_path, places->template_path}) {
    files.push_back({path, std::nullopt, path == places->shared_link});
  }
  return files;
}

Result<void> settle_replicas(Context& context, const Observation& seen,
                             const ConfigureRequest& request, DropIn& drop_in, Target& target) {
  std::vector<OwnFile> former = files_of_former_servers(seen);
  if (!drop_in.replicas) {
    target.own = std::move(former);
    return {};
  }
  auto places = replica_places(seen.unit_id, context.config_directory);
  if (!places) return Failure(places.error());
  if (auto able = check_replicas(context, seen, *places); !able) return able;
  auto proxy = find_proxy(context);
  if (!proxy) return Failure(proxy.error());
  keep_off_spread(request, drop_in);
  auto set = share_out(drop_in, facts_for(seen, drop_in, std::move(*places)));
  if (!set) return Failure(set.error());
  for (const ReplicaFile& file : replica_files(*set, sources_for(context, seen, *proxy))) {
    target.own.push_back(own_file(context, file));
  }
  for (OwnFile& file : former) {
    if (!is_among(target.own, file.path)) target.own.push_back(std::move(file));
  }
  for (const std::string& note : set->notes) {
    target.notes.push_back({PlanAction::note, seen.unit_id, note});
  }
  drop_in = set->servers.front().drop_in;
  return {};
}

}  // namespace ollama_gpu::app
