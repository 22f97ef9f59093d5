// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ollama_gpu {

// The hierarchy in which systemd keeps its units: cgroup2, or on a legacy system "name=systemd".
struct CgroupMount {
  std::string directory;
  bool unified = true;
};

// From PROC/self/mountinfo (proc(5)).
std::optional<CgroupMount> find_cgroup_mount(const std::string& proc);

// The path that the text of a /proc/PID/cgroup says for that hierarchy, or "".
std::string control_group_in(std::string_view text, bool unified);

}  // namespace ollama_gpu
