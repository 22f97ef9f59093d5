// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ollama_gpu/core/systemd/unit_snapshot.hpp"

namespace ollama_gpu {

// One command of ExecStart= or a sibling of it (systemd.service(5), "Command lines").
struct ExecCommand {
  std::string text;     // as written
  std::string program;  // without the prefixes @ - : + !
  Location place = {};
  Source source = {};
  std::vector<Assignment> variables = {};  // what env(1) sets before it runs the rest
};

// The commands of ExecStart=, ExecStartPre=... after resets.
std::vector<ExecCommand> exec_commands_of(const UnitSnapshot& snapshot, std::string_view key);
std::vector<ExecCommand> exec_start_of(const UnitSnapshot& snapshot);

// How long the unit may take to start (TimeoutStartSec=, TimeoutSec=), in microseconds; kNoLimit
// (time_span.hpp): for ever.
std::uint64_t start_timeout_of(const UnitSnapshot& snapshot, std::uint64_t default_timeout);

// The program of ExecStart= when it only starts a container, so that the unit's environment does
// not reach Ollama ("docker", "podman"...); empty otherwise, and for those that hand their own
// environment on (apptainer, singularity).
std::string container_program(const UnitSnapshot& snapshot);

// True where the service has a root of its own (RootDirectory=, RootImage=): its programs do not
// lie where the unit says.
bool has_own_root(const UnitSnapshot& snapshot);

// A section header that does not stand alone on its line ("After=network-online.target[Service]").
std::optional<Location> find_glued_header(const UnitFile& file);

}  // namespace ollama_gpu
