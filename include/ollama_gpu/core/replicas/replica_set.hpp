// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ollama_gpu/core/drop_in/drop_in.hpp"
#include "ollama_gpu/core/ollama/ollama_host.hpp"
#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu {

// The address where each server listens; clients reach them through the entry.
inline constexpr const char* kServerHost = "127.0.0.1";

// One of the Ollamas that share the GPUs.
struct ReplicaServer {
  std::string unit;        // the first is the service itself, the others "ollama@11436.service"
  std::uint16_t port = 0;  // on kServerHost
  std::string gpus = {};   // its ids, "0,1"
  DropIn drop_in = {};     // all that ours set for it: what must hold of its process
  std::string drop_in_path = {};

  std::string name() const;  // in the entry: "ollama-11436"
  Endpoint endpoint() const { return {kServerHost, port}; }
};

// Names and places of the files of a set, for a unit. Errc::usage for an instance of a template.
struct ReplicaPlaces {
  std::string unit;           // "ollama.service"
  std::string template_unit;  // "ollama@.service"
  std::string template_path;
  std::string shared_link;       // "ollama@.service.d", which leads to
  std::string shared_directory;  // "/etc/systemd/system/ollama.service.d"
  std::string revive_path;       // "ollama-gpu-revive@.service"
  std::string entry_unit;        // "ollama-gpu-entry.service"
  std::string entry_path;
  std::string entry_config;       // "/etc/ollama-gpu/entry.cfg"
  std::string entry_includes;     // "/etc/ollama-gpu/entry.d", the administrator's own
  std::string entry_credentials;  // what LoadCredential= gives to it
  std::string entry_socket;       // HAProxy's admin socket
  std::string config_directory;   // "/etc/systemd/system"

  std::string server_unit(std::uint16_t port) const;
  std::string server_drop_in(std::uint16_t port) const;
};
Result<ReplicaPlaces> replica_places(const std::string& unit_id,
                                     const std::string& config_directory);

// What a set is made from, besides what our drop-in would say for one server alone.
struct ReplicaFacts {
  ReplicaPlaces places;
  Endpoint listen;               // where clients find Ollama
  std::uint16_t first_port = 0;  // of the first server; the others follow
  unsigned parallel = 1;         // OLLAMA_NUM_PARALLEL in force
  std::string restart = {};      // Restart= of the unit without our drop-in
  bool spread_is_set = false;    // somebody decided on OLLAMA_SCHED_SPREAD
};

struct ReplicaSet {
  ReplicaPlaces places;
  Endpoint listen;
  unsigned parallel = 1;
  std::vector<ReplicaServer> servers;   // the service itself first
  std::vector<std::string> notes = {};  // for the plan
};

// Shares the GPUs of `alone`, the drop-in for one server, out over servers: the first drop-in then
// says what holds of the first one (and, by the shared directory, of all as far as theirs say
// nothing else). Errc::not_found for more servers than GPUs, Errc::usage where no list of GPUs is
// written or split mode tensor is left with one GPU.
Result<ReplicaSet> share_out(const DropIn& alone, const ReplicaFacts& facts);

// What a drop-in of several servers would say for one alone; of any other: itself.
DropIn as_one_server(const DropIn& drop_in);

// The servers that a drop-in of ours speaks of, as far as it tells: units and ports, no settings.
// Empty for one server alone.
std::vector<ReplicaServer> servers_of(const DropIn& drop_in, const ReplicaPlaces& places);

}  // namespace ollama_gpu
