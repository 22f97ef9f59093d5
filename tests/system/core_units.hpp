// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>

#include "live_units.hpp"
#include "ollama_gpu/core/systemd/unit_snapshot.hpp"
#include "ollama_gpu/system/files/posix_file_system.hpp"

namespace ollama_gpu {

using Variables = std::map<std::string, std::string>;

// What core computes of this system's units. Throws std::runtime_error where it cannot.
class CoreUnits {
 public:
  // Search path, version and environment are the running manager's.
  explicit CoreUnits(LiveUnits& live);

  UnitFacts facts(const std::string& unit) const;
  // What the unit's process should get, without systemd's own variables; nothing where it should
  // not come to run.
  std::optional<Variables> process(const std::string& unit) const;

 private:
  UnitSnapshot take(const std::string& unit) const;
  bool can_read_its_files(const UnitSnapshot& unit) const;

  PosixFileSystem files_;
  SnapshotInput input_;
};

// Variables without those that systemd adds by itself, which differ from start to start.
Variables without_systemds_own(Variables variables);

}  // namespace ollama_gpu
