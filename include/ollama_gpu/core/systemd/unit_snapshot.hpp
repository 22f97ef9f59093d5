// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ollama_gpu/core/systemd/environment.hpp"
#include "ollama_gpu/core/systemd/file_reader.hpp"
#include "ollama_gpu/core/systemd/unit_file.hpp"
#include "ollama_gpu/core/systemd/unit_lookup.hpp"

namespace ollama_gpu {

// What a snapshot is computed with.
struct SnapshotInput {
  SearchPath search_path;
  SpecifierTable host_specifiers = {};
  unsigned systemd_version = 252;
  std::vector<Assignment> manager_environment = {};  // what it gives to every service
  // The manager's own variables (/proc/1/environ), which PassEnvironment= passes on.
  std::vector<Assignment> manager_process_environment = {};
  bool pass_over_closed = false;  // what may not be read is named in UnitSnapshot::closed
};

// What systemd refuses about a service whose lines are all right (src/core/service.c,
// service_verify): LoadState is bad-setting.
struct ServiceFault {
  std::string message;
  std::string hint;
  Location place = {};
};

// Everything about a unit that systemd would make of the files as they lie on disk.
struct UnitSnapshot {
  unsigned systemd_version = 252;  // whose rules these are
  UnitOnDisk on_disk = {};
  std::vector<UnitFile> files = {};  // the fragment first (when there is one), then the drop-ins
  UnitSpecifiers specifiers = {};
  UnitEnvironment environment = {};
  std::vector<EnvironmentFile> environment_files = {};
  EffectiveEnvironment effective = {};
  // The place where the fragment breaks, so that systemd does not load the unit.
  std::optional<Location> fragment_broken_at = {};
  std::optional<ServiceFault> service_fault = {};
  std::vector<std::string> similar = {};  // where there is no such unit: those that may be meant
  std::vector<Error> closed = {};  // drop-ins and environment files whose text is missing here

  const UnitFile* file(const std::string& path) const;
};

// Reads the unit through `files`, as systemd would if it were asked for `name` and knew none of the
// unit's names yet: the fragment's specifiers are those of `name`, be it an alias. A file that
// cannot be read counts as empty, as for systemd; Errc::permission where that would make the answer
// wrong for another reason than the unit's.
Result<UnitSnapshot> take_snapshot(const FileReader& files, const SnapshotInput& input,
                                   const UnitName& name);

// NAME=VALUE, as in systemd's Environment property.
std::vector<std::string> environment_strings(const UnitEnvironment& environment);

// Line `line` (from 1) of a unit file, drop-in or environment file; empty when there is none.
std::string_view line_of(const UnitSnapshot& snapshot, const std::string& path, std::size_t line);

// The place of an assignment or directive, with the text of its line where the snapshot has it.
Location locate(const UnitSnapshot& snapshot, const Source& source);

}  // namespace ollama_gpu
