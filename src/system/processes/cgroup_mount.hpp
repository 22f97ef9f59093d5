// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ollama_gpu {

// Where the hierarchy of cgroup v2 is mounted, from PROC/self/mountinfo (proc(5)). On a hybrid
// system too systemd keeps its units there.
std::optional<std::string> find_cgroup_mount(const std::string& proc);

// The path that the text of a /proc/PID/cgroup says for that hierarchy, or "".
std::string control_group_in(std::string_view text);

}  // namespace ollama_gpu
