// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/host/places.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>

#include "ollama_gpu/system/host/terminal.hpp"
#include "system/files/rooted_tree.hpp"

namespace ollama_gpu {
namespace {

std::string variable_or(const char* name, const std::string& otherwise) {
  const std::string value = own_variable(name).value_or("");
  // The XDG specification has relative paths ignored.
  return value.starts_with('/') ? value : otherwise;
}

}  // namespace

Result<Places> user_places(unsigned user_id) {
  const std::string home = variable_or("HOME", "");
  if (home.empty()) {
    return fail(Errc::usage, "--user needs to know your home directory", "set HOME");
  }
  // What root wrote there would be in the way of the user himself.
  struct stat status {};
  if (user_id == 0 && stat(home.c_str(), &status) == 0 && status.st_uid != 0) {
    return fail(Errc::conflict,
                fmt::format("--user as root, but HOME={} belongs to uid {}", home, status.st_uid),
                fmt::format("run it as that user: sudo -u '#{0}' XDG_RUNTIME_DIR=/run/user/{0} "
                            "ollama-gpu --user …",
                            status.st_uid));
  }
  UserDirectories directories;
  directories.config_home = variable_or("XDG_CONFIG_HOME", home + "/.config");
  directories.data_home = variable_or("XDG_DATA_HOME", home + "/.local/share");
  directories.runtime_dir = variable_or("XDG_RUNTIME_DIR", fmt::format("/run/user/{}", user_id));
  return Places{"", std::make_shared<RootedTree>(""), user_search_path(directories),
                directories.config_home + "/systemd/user",
                variable_or("XDG_STATE_HOME", home + "/.local/state") + "/ollama-gpu"};
}

Result<Places> system_places(const std::string& root) {
  Places places{"", std::make_shared<RootedTree>(root), system_search_path(), "/etc/systemd/system",
                "/var/lib/ollama-gpu"};
  if (root.empty()) return places;
  std::error_code problem;
  const auto path = std::filesystem::canonical(root, problem);
  if (places.tree->root_error() != 0)
    problem.assign(places.tree->root_error(), std::generic_category());
  if (problem) {
    return fail(Errc::not_found, fmt::format("cannot use --root {}: {}", root, problem.message()),
                "--root takes the directory at which the other system is mounted");
  }
  if (places.tree->is_running_root()) {
    return fail(Errc::usage, fmt::format("--root {} is the running system itself", root),
                "leave --root out, or name the directory of a mounted image");
  }
  places.root = path.string();
  return places;
}

}  // namespace ollama_gpu
