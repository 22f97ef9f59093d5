// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/replicas/replica_files.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ollama_gpu {

namespace {

constexpr std::string_view kWrittenFor = "# Written by ollama-gpu for ";

std::string first_line(const ReplicaPlaces& places) {
  return fmt::format("{}{}; configure writes it anew: not to be edited.\n", kWrittenFor,
                     places.unit);
}

// A unit's text without its [Install] section: a template must not claim the service's aliases.
std::string without_install(std::string_view text) {
  std::string kept;
  bool in_install = false;
  bool continued = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    const std::string_view line = text.substr(0, end);
    if (!continued && line.starts_with('[')) in_install = line.starts_with("[Install]");
    if (!in_install) kept += line;
    continued = line.ends_with("\\\n");
    text.remove_prefix(end);
  }
  if (!kept.empty() && !kept.ends_with('\n')) kept += '\n';
  return kept;
}

std::string server_text(const ReplicaSet& set, const ReplicaServer& server) {
  std::string out = first_line(set.places);
  out += fmt::format("# One of {} servers; what is not said here is said in {}.\n\n[Service]\n",
                     set.servers.size(), set.places.shared_directory);
  const DropIn& first = set.servers.front().drop_in;
  for (const DropInVariable& variable : server.drop_in.variables) {
    const DropInVariable* shared = first.find(variable.name);
    if (shared != nullptr && shared->value == variable.value) continue;
    out += fmt::format("Environment={}\n", quote_assignment(variable.name, variable.value));
  }
  return out;
}

// Starts one crashed server again, and it alone.
std::string revive_text(const ReplicaSet& set, const ReplicaSources& sources) {
  return first_line(set.places) +
         fmt::format(
             "# systemd's own restart after a crash would take along whatever is PartOf= the\n"
             "# service: the other servers, which are well.\n"
             "[Unit]\nDescription=Start %i again\nPartOf=%i\nCollectMode=inactive-or-failed\n\n"
             "[Service]\nType=oneshot\nExecStart=/bin/sleep {}\n"
             "ExecStart=/bin/systemctl --no-block start %i\n",
             std::max(sources.revive_after, 0.1));
}

std::string entry_unit_text(const ReplicaSet& set, const ReplicaSources& sources) {
  const ReplicaPlaces& places = set.places;
  std::string after = places.unit;
  for (std::size_t i = 1; i < set.servers.size(); ++i) after += " " + set.servers[i].unit;
  const std::string runtime = places.entry_unit.substr(0, places.entry_unit.rfind('.'));
  const bool privileged = set.listen.port < 1024;
  std::string out = first_line(places) + "[Unit]\n";
  out += fmt::format("Description=Ollama at {}: {} servers behind one address\n", set.listen.text(),
                     set.servers.size());
  out += fmt::format(
      "Documentation=man:ollama-gpu(1)\nPartOf={}\nAfter={} network-online.target\n"
      "Wants=network-online.target\nStartLimitIntervalSec=0\n\n[Service]\nType="
      "notify\nNotifyAccess=all\n",
      places.unit, after);
  const std::string command =
      fmt::format("{} -Ws -f {} -f {}", sources.proxy, places.entry_config, places.entry_includes);
  // Root's: what lies there decides over everybody's requests. A configuration that HAProxy does
  // not read is no reload, and not the next start's surprise.
  out +=
      fmt::format("ExecStartPre=+/bin/mkdir -p {}\nExecStart={}\n", places.entry_includes, command);
  // Where the running process lives: from other commands systemd hides its credentials.
  out += fmt::format(
      "ExecReload=+/usr/bin/nsenter --mount=/proc/${{MAINPID}}/ns/mnt /usr/bin/env "
      "CREDENTIALS_DIRECTORY={} {} -c -q\nExecReload=/bin/kill -USR2 $MAINPID\n",
      places.entry_credentials, command);
  out += "KillMode=mixed\nSuccessExitStatus=143\n";
  out += "Restart=always\nRestartSec=1\nDynamicUser=yes\nLimitNOFILE=65536\n";
  out += fmt::format("RuntimeDirectory={}\nRuntimeDirectoryMode=0700\n", runtime);
  out += fmt::format("AmbientCapabilities={0}\nCapabilityBoundingSet={0}\n",
                     privileged ? "CAP_NET_BIND_SERVICE" : "");
  out +=
      "NoNewPrivileges=yes\nPrivateDevices=yes\nPrivateTmp=yes\nProtectSystem=strict\n"
      "ProtectHome=yes\nProtectKernelTunables=yes\nProtectControlGroups=yes\n"
      "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK\n";
  return out;
}

}  // namespace

// A copy, since systemd takes no template that is a link to a plain unit (src/basic/unit-file.c,
// unit_validate_alias_symlink_or_warn).
std::string template_text(const ReplicaPlaces& places, const std::string& fragment,
                          std::string_view fragment_text) {
  return first_line(places) +
         fmt::format(
             "# A copy of {0}; the drop-ins of {1} hold for it too.\n{2}\n[Unit]\nPartOf={1}\n"
             "After={1}\n",
             fragment, places.unit, without_install(fragment_text));
}

std::vector<ReplicaFile> replica_files(const ReplicaSet& set, const ReplicaSources& sources) {
  const ReplicaPlaces& places = set.places;
  std::vector<ReplicaFile> files;
  for (std::size_t i = 1; i < set.servers.size(); ++i) {
    files.push_back({set.servers[i].drop_in_path, server_text(set, set.servers[i])});
  }
  files.push_back({places.shared_link, places.shared_directory, true});
  files.push_back({places.revive_path, revive_text(set, sources)});
  files.push_back({places.entry_config, entry_config(set, sources.both_families)});
  files.push_back({places.entry_path, entry_unit_text(set, sources)});
  files.push_back(
      {places.template_path, template_text(places, sources.fragment, sources.fragment_text)});
  return files;
}

bool is_of_ollama_gpu(std::string_view text) { return text.starts_with(kWrittenFor); }

std::string service_of_file(std::string_view text) {
  if (!is_of_ollama_gpu(text)) return "";
  text.remove_prefix(kWrittenFor.size());
  return std::string(text.substr(0, text.find(';')));
}

}  // namespace ollama_gpu
