// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "ollama_gpu/core/systemd/file_reader.hpp"
#include "ollama_gpu/core/systemd/unit_name.hpp"

namespace ollama_gpu {

using SearchPath = std::vector<std::string>;  // highest priority first

// In search_path.cpp: the system manager's directories (systemd.unit(5);
// src/libsystemd/sd-path/path-lookup.c).
SearchPath system_search_path();

// The user manager's directories.
struct UserDirectories {
  std::string config_home;  // $XDG_CONFIG_HOME or ~/.config
  std::string runtime_dir;  // $XDG_RUNTIME_DIR
  std::string data_home;    // $XDG_DATA_HOME or ~/.local/share
};
SearchPath user_search_path(const UserDirectories& directories);

enum class LoadState { loaded, masked, not_found, bad_setting, error };

// As systemd's property LoadState writes it (src/basic/unit-def.c).
std::string_view name_of(LoadState state);

// What a systemd that loaded the unit now would find on disk.
struct UnitOnDisk {
  std::string id;                  // canonical: the fragment's own name, or the instance's
  std::vector<std::string> names;  // id first, then aliases
  LoadState load_state = LoadState::not_found;
  std::string fragment;               // path as systemd's FragmentPath shows it, or empty
  std::vector<std::string> drop_ins;  // systemd's DropInPaths, in the order of application
};

// Finds the unit's fragment and drop-ins by systemd's rules (aliases, templates, dash prefixes,
// service.d, masks, hidden names; src/shared/dropin.c, src/basic/conf-files.c,
// src/basic/unit-file.c). A unit that does not exist is load_state not_found, not an Error; error
// and bad_setting are for who reads the fragment to find out (take_snapshot). Errc::permission
// where a directory may not be read. Which of several aliases' drop-in directories comes first is
// undefined in systemd; here they go in the order of their names.
Result<UnitOnDisk> find_unit(const FileReader& files, const SearchPath& path, const UnitName& name,
                             unsigned systemd_version = 252);

// True for file names that systemd skips in a drop-in directory (src/basic/path-util.c).
bool is_hidden_or_backup(std::string_view file_name);

}  // namespace ollama_gpu
