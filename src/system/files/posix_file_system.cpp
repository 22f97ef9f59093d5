// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/files/posix_file_system.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <deque>

#include "system/files/directory_stream.hpp"
#include "system/files/file_exchange.hpp"
#include "system/files/file_io.hpp"
#include "system/files/os_error.hpp"
#include "system/files/rooted_tree.hpp"
#include "system/files/trust.hpp"

namespace ollama_gpu {
namespace {

FileType type_of(mode_t mode) {
  if (S_ISREG(mode)) return FileType::regular;
  if (S_ISDIR(mode)) return FileType::directory;
  return S_ISLNK(mode) ? FileType::symlink : FileType::other;
}

FileType type_of_entry(int directory, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN) return type_of(static_cast<mode_t>(DTTOIF(entry.d_type)));
  struct stat status {};
  if (fstatat(directory, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) return FileType::other;
  return type_of(status.st_mode);
}

// The parts of an absolute path, "." and empty ones left out.
std::deque<std::string> path_parts(const std::string& path) {
  std::deque<std::string> parts;
  std::size_t start = 0;
  while (start <= path.size()) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    const std::string part = path.substr(start, end - start);
    if (!part.empty() && part != ".") parts.push_back(part);
    start = end + 1;
  }
  return parts;
}

Result<std::string> link_text(const RootedTree& tree, const std::string& path, int fd) {
  std::array<char, PATH_MAX> buffer{};
  const ssize_t size = readlinkat(fd, "", buffer.data(), buffer.size());
  if (size < 0) return Failure(tree.open_error("read the link", path, errno));
  return std::string(buffer.data(), static_cast<std::size_t>(size));
}

}  // namespace

PosixFileSystem::PosixFileSystem(std::string root)
    : PosixFileSystem(std::make_shared<RootedTree>(std::move(root))) {}

PosixFileSystem::PosixFileSystem(std::shared_ptr<const RootedTree> tree) : tree_(std::move(tree)) {}

PosixFileSystem::~PosixFileSystem() = default;

Result<std::vector<DirectoryEntry>> PosixFileSystem::list(const std::string& directory) const {
  auto fd = tree_->open_directory(directory, true);
  if (!fd) return Failure(fd.error());
  const DirectoryStream stream(fdopendir(fd->get()));
  if (!stream) return os_failure("read", tree_->shown(directory), errno);
  const int number = fd->release();
  std::vector<DirectoryEntry> entries;
  const int problem = for_each_entry(stream.get(), [&entries, number](const dirent& entry) {
    entries.push_back({entry.d_name, type_of_entry(number, entry)});
  });
  if (problem != 0) return os_failure("read", tree_->shown(directory), problem);
  return entries;
}

Result<std::string> PosixFileSystem::read(const std::string& path) const {
  const UniqueFd found = tree_->open(path, O_PATH);
  if (!found) return Failure(tree_->open_error("open", path, errno));
  struct stat status {};
  if (fstat(found.get(), &status) != 0) return os_failure("read", tree_->shown(path), errno);
  // A mask is a link to /dev/null: an empty file.
  if (S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3)) return std::string();
  if (S_ISDIR(status.st_mode)) return os_failure("read", tree_->shown(path), EISDIR);
  if (!S_ISREG(status.st_mode)) {
    return fail(Errc::conflict, "cannot read " + tree_->shown(path) + ": it is not a regular file");
  }
  UniqueFd fd = reopen_to_read(found.get());
  // Without /proc (a chroot) by its name, as late as can be.
  if (!fd && errno == ENOENT) fd = tree_->open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!fd) return Failure(tree_->open_error("open", path, errno));
  return read_all(fd.get(), tree_->shown(path));
}

Result<std::string> PosixFileSystem::read_link(const std::string& path) const {
  const UniqueFd fd = tree_->open(path, O_PATH | O_NOFOLLOW);
  if (!fd) return Failure(tree_->open_error("read the link", path, errno));
  return link_text(*tree_, path, fd.get());
}

Result<FileStatus> PosixFileSystem::status(const std::string& path) const {
  const UniqueFd fd = tree_->open(path, O_PATH | O_NOFOLLOW);
  if (!fd) return Failure(tree_->open_error("look at", path, errno));
  struct stat status {};
  if (fstat(fd.get(), &status) != 0) return os_failure("look at", tree_->shown(path), errno);
  FileStatus result;
  result.type = type_of(status.st_mode);
  result.mode = status.st_mode & 07777U;
  result.uid = status.st_uid;
  result.gid = status.st_gid;
  result.size = static_cast<std::uint64_t>(status.st_size);
  result.mtime_ns = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
  return result;
}

// Walks by hand: realpath(3) knows no root, and /proc/self/fd may not be there (a chroot).
Result<std::string> PosixFileSystem::resolve(const std::string& path) const {
  constexpr int kMaxLinks = 40;  // as the kernel's
  std::deque<std::string> left = path_parts(path);
  std::string done;
  for (int links = 0; !left.empty();) {
    const std::string part = left.front();
    left.pop_front();
    if (part == "..") {
      done.erase(std::min(done.find_last_of('/'), done.size()));
      continue;
    }
    std::string next = child_path(done, part);
    const UniqueFd fd = tree_->open(next, O_PATH | O_NOFOLLOW);
    struct stat status {};
    if (!fd || fstat(fd.get(), &status) != 0) {
      return Failure(tree_->open_error("resolve", path, errno));
    }
    if (!S_ISLNK(status.st_mode)) {
      done = std::move(next);
      continue;
    }
    if (++links > kMaxLinks) return os_failure("resolve", tree_->shown(path), ELOOP);
    const auto target = link_text(*tree_, next, fd.get());
    if (!target) return Failure(target.error());
    if (target->starts_with('/')) done.clear();
    const auto parts = path_parts(*target);
    left.insert(left.begin(), parts.begin(), parts.end());
  }
  return done.empty() ? "/" : done;
}

Result<std::optional<ports::FileContent>> PosixFileSystem::load(const std::string& path) const {
  const auto [parent, name] = split_path(path);
  if (name.empty()) return os_failure("open", tree_->shown(path), EISDIR);
  const auto directory = tree_->open_directory(parent, false);
  if (!directory && directory.error().code == Errc::not_found) return std::nullopt;
  if (!directory) return Failure(directory.error());
  return load_content(directory->get(), name, tree_->shown(path));
}

Result<std::optional<ports::FileContent>> PosixFileSystem::load_link(
    const std::string& path) const {
  const auto [parent, name] = split_path(path);
  const auto directory = tree_->open_directory(parent, false);
  if (!directory && directory.error().code == Errc::not_found) return std::nullopt;
  if (!directory) return Failure(directory.error());
  return load_link_content(directory->get(), name, tree_->shown(path));
}

std::uint64_t PosixFileSystem::changed_usec(const std::string& path) const {
  const UniqueFd fd = tree_->open(path, O_PATH);
  struct stat status {};
  if (!fd || fstat(fd.get(), &status) != 0) return 0;
  return static_cast<std::uint64_t>(status.st_ctim.tv_sec) * 1'000'000 +
         static_cast<std::uint64_t>(status.st_ctim.tv_nsec) / 1000;
}

Result<void> PosixFileSystem::exchange(const std::string& path,
                                       const std::optional<ports::FileContent>& expected,
                                       const std::optional<ports::FileContent>& wanted) {
  const auto [parent, name] = split_path(path);
  if (name.empty()) return os_failure("write", tree_->shown(path), EISDIR);
  const auto directory =
      wanted ? tree_->make_directory(parent, 0755) : tree_->open_directory(parent, false);
  if (!directory) {
    if (wanted || directory.error().code != Errc::not_found) return Failure(directory.error());
    if (!expected) return {};
    return fail(Errc::busy, "cannot remove " + tree_->shown(path) + ": it is gone already");
  }
  auto trusted = check_trusted(directory->get(), tree_->shown(parent), tree_->owner());
  if (!trusted) return trusted;
  if (auto able = check_changeable(directory->get(), "", tree_->shown(parent)); !able) return able;
  const bool link = (expected && expected->link) || (wanted && wanted->link);
  return exchange_content({directory->get(), name, tree_->shown(path), tree_->owner(), link},
                          expected, wanted);
}

void PosixFileSystem::remove_leftovers(const std::string& path,
                                       const std::vector<ports::FileContent>& known) {
  const auto [parent, name] = split_path(path);
  const auto directory = tree_->open_directory(parent, false);
  if (!directory || name.empty()) return;
  const bool link = std::ranges::any_of(known, &ports::FileContent::link);
  ollama_gpu::remove_leftovers({directory->get(), name, tree_->shown(path), 0, link}, known);
}

Result<void> PosixFileSystem::remove_empty_directory(const std::string& path) {
  const auto [parent, name] = split_path(path);
  if (name.empty()) return os_failure("remove", tree_->shown(path), EBUSY);
  const auto directory = tree_->open_directory(parent, true);
  if (!directory) {
    if (directory.error().code == Errc::not_found) return {};
    return Failure(directory.error());
  }
  if (unlinkat(directory->get(), name.c_str(), AT_REMOVEDIR) != 0) {
    if (errno == ENOENT || errno == ENOTEMPTY || errno == EEXIST) return {};
    return os_failure("remove", tree_->shown(path), errno);
  }
  if (const int error = sync_fd(directory->get())) {
    return os_failure("sync", tree_->shown(parent), error);
  }
  return {};
}

Result<void> PosixFileSystem::check_writable(const std::string& directory) const {
  auto fd = tree_->open_directory(directory, false);
  std::string found = directory;
  while (!fd && fd.error().code == Errc::not_found && found.size() > 1) {
    found = split_path(found).first;
    fd = tree_->open_directory(found, true);
  }
  if (!fd) return Failure(fd.error());
  if (faccessat(fd->get(), ".", W_OK | X_OK, AT_EACCESS) != 0) {
    return os_failure("write to", tree_->shown(found), errno);
  }
  if (auto able = check_changeable(fd->get(), "", tree_->shown(found)); !able) return able;
  return check_trusted(fd->get(), tree_->shown(found), tree_->owner());
}

}  // namespace ollama_gpu
