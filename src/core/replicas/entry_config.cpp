// SPDX-License-Identifier: MIT
// HAProxy's configuration (docs/explanation/replicas.md says what each line is for).
#include <fmt/format.h>

#include <cstdint>

#include "ollama_gpu/core/replicas/replica_files.hpp"

namespace ollama_gpu {

namespace {

constexpr std::string_view kMark = "ollama-gpu ";
// A dead one is seen by the first request that it refuses, one that hangs by the checks; these are
// lines in its log.
constexpr std::string_view kChecked =
    "check inter 5s fastinter 1s downinter 1s fall 2 rise 1 observe layer4 error-limit 1 on-error "
    "mark-down";
constexpr std::string_view kDescription = "  description \"";

// FNV-1a: tells one configuration from another, guards against nothing.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char byte : text) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211ULL;
  }
  return hash;
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

// Go's wildcard is that of both families (net.Listen; net/ipsock_posix.go, favoriteAddrFamily).
std::string bind_of(const Endpoint& listen, bool both_families) {
  const bool any = listen.host.empty() || listen.host == "0.0.0.0" || listen.host == "::";
  if (any && both_families) return fmt::format("[::]:{} v4v6", listen.port);
  if (any) return fmt::format("0.0.0.0:{}", listen.port);
  return listen.text();
}

// Ollama on loopback answers to names of this machine alone (server/routes.go,
// allowedHostsMiddleware): where the entry is on loopback the servers see the name as it came and
// judge it themselves. Elsewhere Ollama takes any name; the servers, which are on loopback, are
// told one that they take, and an Origin of the name itself, which is no foreign one to Ollama
// (gin-contrib/cors), is left out with it.
std::string guard(const Endpoint& listen) {
  if (is_loopback(listen.host)) return "";
  return "  http-request set-var(txn.host) req.hdr(host),lower\n"
         "  acl own_origin req.hdr(origin),lower,field(3,/),strcmp(txn.host) eq 0\n"
         "  http-request del-header Origin if own_origin\n"
         "  http-request set-header Host localhost\n";
}

std::string frontend(const ReplicaSet& set, bool both_families) {
  return fmt::format(
             "frontend entry\n"
             "  bind {}\n"
             "  http-request set-header X-Forwarded-For %[src]\n"
             "{}"
             "  # One writer: what changes the models goes to the first server.\n"
             "  acl write path,url_dec -m str /api/pull /api/push /api/create /api/copy "
             "/api/delete\n"
             "  acl write path,url_dec -m beg /api/blobs/\n"
             "  # What is cheap for sure never waits behind answers; all else is an answer.\n"
             "  acl cheap method GET HEAD OPTIONS\n"
             "  acl cheap path,url_dec -m str /api/show /api/me /api/signout\n"
             "  acl cheap path,url_dec -m beg /api/user/ /api/experimental/\n",
             bind_of(set.listen, both_families), guard(set.listen)) +
         "  use_backend store if write\n  use_backend look if cheap\n  default_backend work\n";
}

std::string backends(const ReplicaSet& set) {
  // Without on-marked-down shutdown-sessions: it would also end the request that found the server
  // dead and is on its way to another.
  std::string work =
      "backend work\n  balance leastconn\n  option httpchk GET /api/version\n"
      "  retry-on conn-failure empty-response\n"
      "  http-response set-header X-Ollama-Server %s\n";
  std::string look = "backend look\n  option httpchk GET /api/version\n";
  for (const ReplicaServer& server : set.servers) {
    const std::string line =
        fmt::format("  server {} {} {}", server.name(), server.endpoint().text(), kChecked);
    work += fmt::format("{} maxconn {}\n", line, set.parallel);
    look += line + (&server == &set.servers.front() ? "\n" : " backup\n");
  }
  const ReplicaServer& first = set.servers.front();
  // Not checked: while the first is being restarted a request is tried again for a minute.
  return work + look +
         fmt::format("backend store\n  retries 60\n  server {} {}\n", first.name(),
                     first.endpoint().text());
}

}  // namespace

std::string entry_config(const ReplicaSet& set, bool both_families) {
  const std::string body =
      fmt::format(
          "  stats socket {} mode 600 level admin\n"
          "defaults\n"
          "  mode http\n"
          "  option abortonclose\n"
          "  option http-no-delay\n"  // each token at once: without, the first comes 0.2 s late
          "  timeout connect 2s\n"
          "  timeout client 1h\n"
          "  timeout server 1h\n"
          "  timeout queue {}s\n"
          "  timeout check 2s\n"
          "  timeout http-request 1m\n"
          "  retries 3\n"
          "  option redispatch 1\n"
          "  retry-on conn-failure\n",
          set.places.entry_socket, kQueueSeconds) +
      frontend(set, both_families) + backends(set);
  return fmt::format(
      "# Written by ollama-gpu for {}; configure writes it anew: not to be edited.\n"
      "# Lines of your own go into a file of {}/, whose name ends in .cfg.\n"
      "global\n{}{}{:016x}\"\n{}",
      set.places.unit, set.places.entry_includes, kDescription, kMark, hash_of(body), body);
}

std::string entry_mark(std::string_view config) {
  const std::size_t at = config.find(kDescription);
  if (at == std::string_view::npos) return "";
  config.remove_prefix(at + kDescription.size());
  return std::string(config.substr(0, config.find('"')));
}

bool is_intact(std::string_view config) {
  const std::string mark = entry_mark(config);
  const std::size_t end = config.find('\n', config.find(kDescription));
  if (mark.empty() || end == std::string_view::npos) return false;
  return mark == fmt::format("{}{:016x}", kMark, hash_of(config.substr(end + 1)));
}

}  // namespace ollama_gpu
