// SPDX-License-Identifier: MIT
#include "system/processes/cgroup_tree.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <functional>
#include <sstream>

#include "system/files/file_io.hpp"
#include "system/files/os_error.hpp"
#include "system/files/sysfs.hpp"

namespace ollama_gpu {
namespace {

// Every directory from this one down, deepest groups last; an error ends the walk.
using Visit = std::function<Result<void>(const std::string&, const struct stat&)>;

Result<void> walk(const std::string& directory, int depth, const Visit& visit) {
  struct stat status {};
  if (lstat(directory.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return {};
  if (auto visited = visit(directory, status); !visited) return visited;
  constexpr int kMaxDepth = 32;
  if (depth >= kMaxDepth) return {};
  for (const std::string& name : sysfs::sorted_names(directory)) {
    if (auto below = walk(child_path(directory, name), depth + 1, visit); !below) return below;
  }
  return {};
}

Result<void> add_processes(const std::string& directory, std::vector<int>& pids) {
  const std::string path = directory + "/cgroup.procs";
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) {
    if (errno == ENOENT || errno == ENODEV) return {};
    return os_failure("open", path, errno);
  }
  const auto text = read_all(fd.get(), path);
  // A threaded group says EOPNOTSUPP: its processes are listed further up.
  if (!text) return {};
  std::istringstream lines(*text);
  for (int pid = 0; lines >> pid;) {
    if (pid > 0) pids.push_back(pid);
  }
  return {};
}

}  // namespace

bool is_group_of_unit(const std::string& cgroup) {
  return cgroup.size() >= 2 && cgroup.front() == '/' &&
         (cgroup + '/').find("/../") == std::string::npos;
}

Result<std::vector<int>> processes_below(const std::string& directory) {
  std::vector<int> pids;
  auto walked = walk(directory, 0, [&](const std::string& group, const struct stat&) {
    return add_processes(group, pids);
  });
  if (!walked) return Failure(walked.error());
  return pids;
}

std::set<std::uint64_t> cgroup_ids_below(const std::string& directory) {
  std::set<std::uint64_t> ids;
  const auto walked = walk(directory, 0, [&](const std::string&, const struct stat& status) {
    ids.insert(status.st_ino);
    return Result<void>();
  });
  if (!walked) ids.clear();
  return ids;
}

}  // namespace ollama_gpu
