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
#include "system/processes/cgroup_tree.hpp"
#include "system/processes/cpu_time.hpp"
#include "system/processes/resolver.hpp"
#include "system/processes/socket_diag.hpp"
#include "system/processes/tcp_table.hpp"

namespace ollama_gpu {
namespace {

// The pid that a directory's name says, or 0.
int pid_of(const std::string& name) {
  int pid = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
  return error == std::errc() && end == name.data() + name.size() && pid > 0 ? pid : 0;
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

ProcFs::ProcFs() : ProcFs("/proc") { ask_kernel_ = true; }

ProcFs::ProcFs(std::string proc)
    : proc_(std::move(proc)), resolver_(std::make_unique<Resolver>()) {}

ProcFs::~ProcFs() = default;

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
  if (!is_group_of_unit(cgroup)) return std::vector<int>();
  const auto mount = find_cgroup_mount(proc_);
  if (!mount) return fail(Errc::not_found, "cannot find the cgroup file system in " + proc_);
  return processes_below(*mount + cgroup);
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
  return client_connections(*resolver_, endpoint);
}

// Those that the kernel says a group of the unit made need no search for their holders.
Result<std::vector<ports::Listener>> ProcFs::listeners(const Endpoint& endpoint,
                                                       const std::string& control_group) const {
  auto sockets = listening_sockets({proc_, ask_kernel_}, *resolver_, endpoint);
  if (!sockets) return Failure(sockets.error());
  std::vector<ports::Listener> listeners;
  const auto groups = groups_of(control_group);
  std::erase_if(*sockets, [&](const ReachedSocket& reached) {
    const bool own = reached.socket.cgroup_id != 0 && groups.contains(reached.socket.cgroup_id);
    if (own) listeners.push_back({0, "", control_group, reached.socket.uid, reached.address});
    return own;
  });
  if (sockets->empty()) return listeners;
  std::vector<TcpSocket> others;
  for (const ReachedSocket& reached : *sockets) others.push_back(reached.socket);
  const std::vector<SocketHolder> holders = find_holders(proc_, others);
  for (const auto& [socket, address] : *sockets) {
    bool held = false;
    for (const SocketHolder& holder : holders) {
      if (holder.inode != socket.inode) continue;
      held = true;
      listeners.push_back(
          {holder.pid, command(holder.pid), this->control_group(holder.pid), socket.uid, address});
    }
    if (!held) listeners.push_back({0, "", "", socket.uid, address});
  }
  return listeners;
}

std::set<std::uint64_t> ProcFs::groups_of(const std::string& control_group) const {
  const auto mount = find_cgroup_mount(proc_);
  if (!ask_kernel_ || !mount || !is_group_of_unit(control_group)) return {};
  return cgroup_ids_below(*mount + control_group);
}

// The kernel knows who made the socket that was accepted; where it does not tell, a process of the
// unit must hold it, which only root can see, and only once it was accepted.
Result<void> ProcFs::check_other_end(int fd, const std::string& control_group) const {
  constexpr int kMostLooks = 1000;       // a millisecond each
  if (!diagnosed_sockets(0)) return {};  // no sock_diag: the socket that listens was looked at
  const auto groups = groups_of(control_group);
  std::vector<SocketHolder> holders;
  for (int look = 0; look < kMostLooks; ++look) {
    const auto end = diagnosed_other_end(fd);
    if (!end) break;
    if (end->cgroup_id != 0 && groups.contains(end->cgroup_id)) return {};
    if (end->inode != 0) {
      const auto pids = in_control_group(control_group);
      for (const int pid : pids ? *pids : std::vector<int>()) {
        add_holders(proc_, pid, {*end}, holders);
      }
      if (!holders.empty()) return {};
      return fail(Errc::conflict, "this service does not hold the other end of the connection");
    }
    usleep(1000);
  }
  return fail(Errc::failed, "the connection was not accepted");
}

}  // namespace ollama_gpu
