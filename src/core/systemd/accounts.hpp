// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ollama_gpu/core/systemd/file_reader.hpp"

namespace ollama_gpu {

// A line of /etc/passwd (passwd(5)).
struct Account {
  std::string name;
  unsigned uid = 0;
  unsigned gid = 0;
  std::string home = {};
  std::string shell = {};
};

// The account of that name or number; nothing where the file does not have it: it may come from a
// directory service.
std::optional<Account> find_account(const FileReader& files, std::string_view name);

// A line of /etc/group (group(5)).
struct Group {
  std::string name;
  unsigned gid = 0;
  std::vector<std::string> members = {};
};
std::vector<Group> read_groups(const FileReader& files);

}  // namespace ollama_gpu
