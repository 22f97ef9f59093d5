// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ollama_gpu/core/doctor/finding.hpp"
#include "ollama_gpu/core/gpu/gpu.hpp"
#include "ollama_gpu/core/ollama/model_memory.hpp"
#include "ollama_gpu/core/systemd/unit_snapshot.hpp"

namespace ollama_gpu {

// The account that the service runs as, from the account files of its root.
struct ServiceUser {
  std::string name;
  unsigned uid = 0;
  std::set<unsigned> groups = {};
  std::string home = {};
  std::optional<unsigned> render_group = {};  // the id of the group "render", where there is one
};

// What systemd has loaded, and how its runs went.
struct LoadedUnit {
  std::vector<std::string> environment = {};  // NAME=VALUE
  std::vector<std::string> unset_environment = {};
  std::vector<std::string> drop_ins = {};
  std::string fragment = {};
  bool need_reload = false;
  std::uint32_t restarts = 0;
  std::string failure = {};                 // how, and its own last words, where it fails
  bool failing = false;                     // crashed, or waiting for its automatic restart
  std::optional<std::int64_t> uptime = {};  // seconds of this run; nothing: it does not run
};

// A file that looks like a drop-in of the unit, but that systemd never reads.
struct UnreadFile {
  std::string path;
  std::string reason;
  std::string remedy;
};

// A directory on the way to the models that the service's user may not use.
struct Obstacle {
  std::string path;
  std::string reason;
};

// A device that the service has to open for its GPUs, and the names of its driver in /proc/devices.
struct DeviceNode {
  std::string path;  // "/dev/dri/*": one of those
  std::vector<std::string> groups = {};
};

// What a unit's mount namespace does to a directory.
enum class PathFate {
  hidden,     // it cannot be entered, or something else lies there
  read_only,  // nothing can be written to it
  fleeting,   // what is written there is gone when the service stops
};

// The directive that does it.
struct ShutPath {
  PathFate fate = PathFate::hidden;
  std::string directive;  // "ProtectHome=yes"
  Location place = {};
  bool exists = false;  // the directory, on the host
};

// The GPUs of one of several servers: CUDA_VISIBLE_DEVICES and ROCR_VISIBLE_DEVICES.
struct ServerGpus {
  std::optional<std::string> cuda = {};
  std::optional<std::string> rocr = {};
};

// Several servers behind one address (configure --replicas), as they are.
struct SharedServers {
  std::vector<ServerGpus> servers = {};
  std::vector<std::string> down = {};  // what is not up, in words
  std::string template_path = {};      // of the other servers' unit
  std::string template_trouble = {};   // "is missing"; empty: none
  std::optional<Error> no_proxy = {};  // HAProxy is gone, too old, or kept from the servers
  std::optional<Error> taken = {};     // another program on one of their addresses
  std::vector<Error> beaten = {};      // settings of a server that are not in force
};

// What the checks are told from outside the unit's files. What is empty was not seen, and what was
// not seen is no finding.
struct DoctorFacts {
  std::string drop_in_path = {};       // ours
  std::optional<DropIn> drop_in = {};  // what it says; nothing: there is none
  // The change whose drop-in of ours somebody took away.
  std::optional<std::uint64_t> taken_away = {};
  bool sees_manager_process = false;  // what PassEnvironment= takes is known
  bool user_manager = false;          // a service of the user's own manager
  std::optional<Inventory> gpus = {};
  std::vector<DeviceNode> gpu_nodes = {};
  std::string ollama_version = {};
  std::optional<LoadedUnit> loaded = {};
  std::optional<std::map<std::string, std::string>> process = {};
  std::optional<ServiceUser> user = {};
  std::vector<UnreadFile> unread_files = {};
  std::vector<std::string> missing_environment_files = {};
  std::optional<Error> start_fault = {};  // why it could not be started, with the place
  std::optional<Location> unmet_condition = {};
  bool gate_program_missing = false;  // of the gate before the unit's start
  std::optional<Obstacle> models_obstacle = {};
  std::optional<Obstacle> home_obstacle = {};  // of a HOME that the unit itself sets
  std::optional<ShutPath> models_shut = {};
  std::optional<ShutPath> home_shut = {};
  bool home_missing = false;  // the user's home directory does not exist
  bool answers = false;       // Ollama answers with the settings as they are on disk
  std::vector<StoredModel> models = {};
  std::optional<SharedServers> shared = {};
};

// The facts that the files of its root tell: accounts, unread files, the way to the models. Adds
// them to `facts`.
void gather_file_facts(const FileReader& files, const SearchPath& search_path,
                       const UnitSnapshot& snapshot, DoctorFacts& facts);

// Everything wrong or risky, errors first, then by place.
std::vector<Finding> diagnose(const UnitSnapshot& snapshot, const DoctorFacts& facts);

// The part of it that looks at the settings alone: how this Ollama reads them, and what they mean
// together.
std::vector<Finding> examine_settings(const UnitSnapshot& snapshot, const DoctorFacts& facts);

}  // namespace ollama_gpu
