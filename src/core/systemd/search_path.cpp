// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/systemd/unit_lookup.hpp"

namespace ollama_gpu {

SearchPath system_search_path() {
  return {
      "/etc/systemd/system.control",
      "/run/systemd/system.control",
      "/run/systemd/transient",
      "/run/systemd/generator.early",
      "/etc/systemd/system",
      "/etc/systemd/system.attached",
      "/run/systemd/system",
      "/run/systemd/system.attached",
      "/run/systemd/generator",
      "/usr/local/lib/systemd/system",
      "/usr/lib/systemd/system",
      // Only in builds with a split /usr; where /lib is a link into /usr it adds nothing.
      "/lib/systemd/system",
      "/run/systemd/generator.late",
  };
}

SearchPath user_search_path(const UserDirectories& directories) {
  const std::string config = directories.config_home + "/systemd/user";
  const std::string runtime = directories.runtime_dir + "/systemd";
  return {
      config + ".control",
      runtime + "/user.control",
      runtime + "/transient",
      runtime + "/generator.early",
      config,
      "/etc/xdg/systemd/user",
      "/etc/systemd/user",
      runtime + "/user",
      "/run/systemd/user",
      runtime + "/generator",
      directories.data_home + "/systemd/user",
      "/usr/local/share/systemd/user",
      "/usr/share/systemd/user",
      "/usr/local/lib/systemd/user",
      "/usr/lib/systemd/user",
      runtime + "/generator.late",
  };
}

}  // namespace ollama_gpu
