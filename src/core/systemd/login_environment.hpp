// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "ollama_gpu/core/systemd/unit_snapshot.hpp"

namespace ollama_gpu {

// HOME, LOGNAME, USER and SHELL as systemd sets them for the service's user (systemd.exec(5), User=
// and, from 256, SetLoginEnvironment=; src/core/exec-invoke.c, build_environment). Nothing for a
// user that /etc/passwd does not have.
std::vector<Assignment> login_environment(const FileReader& files, const UnitSnapshot& snapshot,
                                          unsigned version);

// True for the source of a variable that login_environment gave.
bool comes_from_user(const Source& source);

}  // namespace ollama_gpu
