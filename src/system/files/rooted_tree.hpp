// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>

#include "ollama_gpu/core/result.hpp"
#include "system/files/unique_fd.hpp"

namespace ollama_gpu {

// The file tree below a root directory, as a process in that root would see it: absolute links and
// ".." stay inside, whatever the tree holds (openat2(2), RESOLVE_IN_ROOT). The directory is opened
// once: whatever comes to bear its name later is another one. With an empty root: the system's own
// tree.
class RootedTree {
 public:
  explicit RootedTree(std::string root);

  // open(2). Empty on failure, with errno set, so that callers can tell the reasons apart.
  UniqueFd open(const std::string& path, int flags, unsigned mode = 0) const;
  // Opens a directory for reading; where `follow` is false and the path's last part is a symbolic
  // link, the error is Errc::conflict.
  Result<UniqueFd> open_directory(const std::string& path, bool follow) const;
  // The same without following, after making it (`mode`) and its parents (0755) where they are
  // missing.
  Result<UniqueFd> make_directory(const std::string& path, unsigned mode) const;
  // The path as the user of this machine knows it: with the root before it.
  std::string shown(const std::string& path) const { return root_ + path; }
  // An error of open() in words.
  Error open_error(std::string_view verb, const std::string& path, int error_number) const;
  // Whose tree it is: of the directory of --root (a container's root may be any user), else root's.
  uid_t owner() const;
  bool is_system() const { return root_.empty(); }
  // The directory that was opened is the running system's own root.
  bool is_running_root() const;
  // 0, or why the directory could not be opened.
  int root_error() const { return root_error_; }

 private:
  std::string root_;
  UniqueFd fd_;
  int root_error_ = 0;
};

// "/a/b/c" -> "/a/b" and "c"; the name is empty where there is none that could be used.
std::pair<std::string, std::string> split_path(const std::string& path);

}  // namespace ollama_gpu
