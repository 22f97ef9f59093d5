// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

#include "ollama_gpu/core/systemd/unit_snapshot.hpp"

namespace ollama_gpu {

// Why the unit's process could not be started, with the place, as far as its files tell: a program,
// an environment file, a directory, an account or a path of its sandbox that is not there
// (Errc::conflict; systemd.exec(5), "Process Exit Codes"). Nothing where nothing is seen to stand
// in the way, and for what lies in a root of the unit's own.
std::optional<Error> find_start_fault(const FileReader& files, const UnitSnapshot& snapshot);

// What systemd means by an exit status of its own, 200 to 245: "the program could not be executed
// (203/EXEC)"; empty for others.
std::string_view meaning_of_exit(int status);

}  // namespace ollama_gpu
