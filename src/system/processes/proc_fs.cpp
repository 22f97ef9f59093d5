// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/processes/proc_fs.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <set>
#include <sstream>

#include "system/files/file_io.hpp"
#include "system/files/os_error.hpp"
#include "system/files/sysfs.hpp"
#include "system/processes/cgroup_mount.hpp"
#include "system/processes/cpu_time.hpp"
#include "system/processes/tcp_table.hpp"

namespace ollama_gpu {
namespace {

// The pid that a directory's name says, or 0.
int pid_of(const std::string& name) {
  int pid = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
  return error == std::errc() && end == name.data() + name.size() && pid > 0 ? pid : 0;
}

// Appends the processes of one control group and of those below it.
Result<void> collect(const std::string& directory, int depth, std::vector<int>& pids) {
  const std::string path = directory + "/cgroup.procs";
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) {
    if (errno == ENOENT || errno == ENODEV) return {};
    return os_failure("open", path, errno);
  }
  const auto text = read_all(fd.get(), path);
  // A threaded group says EOPNOTSUPP: its processes are listed further up.
  if (text) {
    std::istringstream lines(*text);
    for (int pid = 0; lines >> pid;) {
      if (pid > 0) pids.push_back(pid);
    }
  }
  constexpr int kMaxDepth = 32;
  if (depth >= kMaxDepth) return {};
  for (const std::string& name : sysfs::sorted_names(directory)) {
    const std::string child = child_path(directory, name);
    struct stat status {};
    if (lstat(child.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) continue;
    if (auto below = collect(child, depth + 1, pids); !below) return below;
  }
  return {};
}

// Never the whole system for a unit that has none, nor a way out of the hierarchy.
bool is_group_of_unit(const std::string& cgroup) {
  return cgroup.size() >= 2 && cgroup.front() == '/' &&
         (cgroup + '/').find("/../") == std::string::npos;
}

// The inode of "socket:[123]", or 0.
std::uint64_t socket_inode(const std::string& directory, const std::string& name) {
  std::array<char, 64> buffer{};
  const ssize_t size = readlink(child_path(directory, name).c_str(), buffer.data(), buffer.size());
  const std::string_view text(buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  constexpr std::string_view kPrefix = "socket:[";
  if (!text.starts_with(kPrefix)) return 0;
  std::uint64_t inode = 0;
  std::from_chars(text.data() + kPrefix.size(), text.data() + text.size(), inode);
  return inode;
}

struct SocketHolder {
  int pid = 0;
  std::uint64_t inode = 0;
};

void add_holders(const std::string& proc, int pid, const std::vector<TcpSocket>& sockets,
                 std::vector<SocketHolder>& holders) {
  const std::string directory = proc + '/' + std::to_string(pid) + "/fd";
  std::set<std::uint64_t> seen;
  for (const std::string& name : sysfs::sorted_names(directory)) {
    const std::uint64_t inode = socket_inode(directory, name);
    if (inode == 0 || !seen.insert(inode).second) continue;
    for (const TcpSocket& socket : sockets) {
      if (socket.inode == inode) holders.push_back({pid, inode});
    }
  }
}

// Every socket has a holder that is not PID 1 (which keeps those of socket units).
bool all_found(const std::vector<TcpSocket>& sockets, const std::vector<SocketHolder>& holders) {
  for (const TcpSocket& socket : sockets) {
    bool found = false;
    for (const SocketHolder& holder : holders) {
      found = found || (holder.inode == socket.inode && holder.pid != 1);
    }
    if (!found) return false;
  }
  return true;
}

// Looking through every process's descriptors is slow on a busy machine: those of the socket's own
// user come first, and the others only if none of them has it.
std::vector<SocketHolder> find_holders(const std::string& proc,
                                       const std::vector<TcpSocket>& sockets) {
  std::vector<int> others;
  std::vector<SocketHolder> holders;
  for (const std::string& name : sysfs::sorted_names(proc)) {
    const int pid = pid_of(name);
    struct stat status {};
    if (pid == 0 || stat(child_path(proc, name).c_str(), &status) != 0) continue;
    bool same_user = false;
    for (const TcpSocket& socket : sockets) same_user = same_user || socket.uid == status.st_uid;
    if (same_user) {
      add_holders(proc, pid, sockets, holders);
    } else {
      others.push_back(pid);
    }
  }
  if (all_found(sockets, holders)) return holders;
  for (const int pid : others) add_holders(proc, pid, sockets, holders);
  return holders;
}

}  // namespace

Result<std::vector<std::string>> ProcFs::environment(int pid) const {
  const std::string path = proc_ + '/' + std::to_string(pid) + "/environ";
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return os_failure("read", path, errno);
  const auto text = read_all(fd.get(), path);
  if (!text) return Failure(text.error());
  std::vector<std::string> variables;
  for (std::size_t start = 0; start < text->size();) {
    const std::size_t end = std::min(text->find('\0', start), text->size());
    if (end > start) variables.push_back(text->substr(start, end - start));
    start = end + 1;
  }
  return variables;
}

Result<std::vector<int>> ProcFs::in_control_group(const std::string& cgroup) const {
  std::vector<int> pids;
  if (!is_group_of_unit(cgroup)) return pids;
  const auto mount = find_cgroup_mount(proc_);
  if (!mount) return fail(Errc::not_found, "cannot find the cgroup file system in " + proc_);
  if (auto collected = collect(*mount + cgroup, 0, pids); !collected) {
    return Failure(collected.error());
  }
  return pids;
}

std::string ProcFs::control_group(int pid) const {
  const auto text = read_small_file(proc_ + '/' + std::to_string(pid) + "/cgroup");
  return control_group_in(text.value_or(""));
}

std::string ProcFs::command(int pid) const {
  const auto text = read_small_file(proc_ + '/' + std::to_string(pid) + "/comm");
  return std::string(stripped(text.value_or("")));
}

Result<double> ProcFs::cpu_time(const std::string& cgroup) const {
  if (!is_group_of_unit(cgroup)) {
    return fail(Errc::not_found, "cannot tell its CPU time: the service has no control group");
  }
  const auto mount = find_cgroup_mount(proc_);
  if (!mount) return fail(Errc::not_found, "cannot find the cgroup file system in " + proc_);
  const std::string group = *mount + cgroup;
  const std::string path = group + "/cpu.stat";
  if (const auto text = read_small_file(path)) return cpu_time_in_stat(*text, path);
  // Looked at last: the group may have gone while its file was read.
  if (access(group.c_str(), F_OK) != 0 && errno == ENOENT) return 0.0;
  return fail(Errc::not_found, "cannot tell its CPU time: cannot read " + path);
}

Result<std::vector<ClientConnection>> ProcFs::clients(const Endpoint& endpoint) const {
  return client_connections(endpoint);
}

Result<std::vector<ports::Listener>> ProcFs::listeners(const Endpoint& endpoint) const {
  const auto sockets = listening_sockets({proc_, ask_kernel_}, endpoint);
  if (!sockets) return Failure(sockets.error());
  std::vector<ports::Listener> listeners;
  if (sockets->empty()) return listeners;
  const std::vector<SocketHolder> holders = find_holders(proc_, *sockets);
  for (const TcpSocket& socket : *sockets) {
    bool held = false;
    for (const SocketHolder& holder : holders) {
      if (holder.inode != socket.inode) continue;
      held = true;
      listeners.push_back({holder.pid, command(holder.pid), control_group(holder.pid), socket.uid});
    }
    if (!held) listeners.push_back({0, "", "", socket.uid});
  }
  return listeners;
}

}  // namespace ollama_gpu
