// SPDX-License-Identifier: MIT
#include "system/files/rooted_tree.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "system/files/file_io.hpp"
#include "system/files/os_error.hpp"

namespace ollama_gpu {
namespace {

int open_in_root(int root, const char* path, int flags, unsigned mode) {
  open_how how{};
  how.flags = static_cast<unsigned>(flags);
  how.mode = mode;
  how.resolve = RESOLVE_IN_ROOT;
  // EAGAIN: something was renamed while ".." was being resolved.
  for (int attempt = 0;; ++attempt) {
    const long fd = syscall(SYS_openat2, root, path, &how, sizeof how);
    if (fd >= 0 || (errno != EAGAIN && errno != EINTR) || attempt > 100)
      return static_cast<int>(fd);
  }
}

}  // namespace

RootedTree::RootedTree(std::string root) : root_(std::move(root)) {
  if (root_.empty()) return;
  fd_ = UniqueFd(::open(root_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd_) root_error_ = errno;
  while (!root_.empty() && root_.back() == '/') root_.pop_back();
}

UniqueFd RootedTree::open(const std::string& path, int flags, unsigned mode) const {
  if (path.empty() || path.front() != '/' || path.find('\0') != std::string::npos) {
    errno = EINVAL;
    return UniqueFd();
  }
  if (root_error_ != 0) {
    errno = root_error_;
    return UniqueFd();
  }
  flags |= O_CLOEXEC;
  if (is_system()) return open_at(AT_FDCWD, path.c_str(), flags, mode);
  return UniqueFd(open_in_root(fd_.get(), path.c_str(), flags, mode));
}

Error RootedTree::open_error(std::string_view verb, const std::string& path,
                             int error_number) const {
  if (root_error_ != 0) return os_error("open", root_, root_error_);
  if (!is_system() && error_number == ENOSYS) {
    return Error{Errc::failed, "cannot keep inside " + root_ + ": this kernel lacks openat2(2)",
                 "use Linux 5.6 or later"};
  }
  return os_error(verb, shown(path), error_number);
}

Result<UniqueFd> RootedTree::open_directory(const std::string& path, bool follow) const {
  const int flags = O_RDONLY | O_DIRECTORY | O_NONBLOCK | (follow ? 0 : O_NOFOLLOW);
  UniqueFd fd = open(path, flags);
  if (fd) return fd;
  const int open_errno = errno;
  // O_DIRECTORY with O_NOFOLLOW reports a link as ENOTDIR: say which of the two it is.
  if (!follow && (open_errno == ENOTDIR || open_errno == ELOOP)) {
    const UniqueFd entry = open(path, O_PATH | O_NOFOLLOW);
    struct stat status {};
    if (entry && fstat(entry.get(), &status) == 0 && S_ISLNK(status.st_mode)) {
      return fail(Errc::conflict, "cannot use " + shown(path) + ": it is a symbolic link",
                  "replace it with a directory");
    }
  }
  return Failure(open_error("open", path, open_errno));
}

Result<UniqueFd> RootedTree::make_directory(const std::string& path, unsigned mode) const {
  auto directory = open_directory(path, false);
  if (directory || directory.error().code != Errc::not_found || root_error_ != 0) return directory;
  const auto [parent_path, name] = split_path(path);
  if (name.empty()) return directory;
  auto parent = open_directory(parent_path, true);
  if (!parent && parent.error().code == Errc::not_found) parent = make_directory(parent_path, 0755);
  if (!parent) return parent;
  const bool created = mkdirat(parent->get(), name.c_str(), mode) == 0;
  if (!created && errno != EEXIST) return os_failure("create", shown(path), errno);
  UniqueFd made =
      open_at(parent->get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK);
  if (!made) return os_failure("open", shown(path), errno);
  // The mode does not depend on the umask.
  if (created && fchmod(made.get(), mode) != 0)
    return os_failure("set the mode of", shown(path), errno);
  if (const int error = sync_fd(parent->get()))
    return os_failure("sync", shown(parent_path), error);
  return made;
}

uid_t RootedTree::owner() const {
  struct stat status {};
  return fd_ && fstat(fd_.get(), &status) == 0 ? status.st_uid : 0;
}

bool RootedTree::is_running_root() const {
  struct stat own {};
  struct stat system {};
  return fd_ && fstat(fd_.get(), &own) == 0 && stat("/", &system) == 0 &&
         own.st_dev == system.st_dev && own.st_ino == system.st_ino;
}

std::pair<std::string, std::string> split_path(const std::string& path) {
  const auto slash = path.find_last_of('/');
  if (slash == std::string::npos) return {"/", ""};
  std::string name = path.substr(slash + 1);
  if (name == "." || name == "..") name.clear();
  std::string parent = path.substr(0, slash);
  while (parent.size() > 1 && parent.back() == '/') parent.pop_back();
  return {parent.empty() ? "/" : parent, std::move(name)};
}

}  // namespace ollama_gpu
