// SPDX-License-Identifier: MIT
#include "system/files/file_exchange.hpp"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "system/files/extended_attributes.hpp"
#include "system/files/file_io.hpp"
#include "system/files/os_error.hpp"
#include "system/files/trust.hpp"

namespace ollama_gpu {
namespace {

using ports::FileContent;

constexpr std::size_t kHexDigits = 16;

// A name beside the target that no loader of drop-ins looks at (it starts with a dot), and that no
// other program uses: what bears it after a crash is ours to remove.
std::string temporary_prefix(const FileSlot& slot) {
  return ".ollama-gpu." + slot.name.substr(0, 200) + '.';
}

// Whatever bears it is removed in the end; if that fails, by remove_leftovers() at the next change.
class TemporaryName {
 public:
  explicit TemporaryName(const FileSlot& slot)
      : directory_(slot.directory), name_(temporary_prefix(slot) + random_hex(kHexDigits)) {}
  // Twice where the first fails, as a disk may once: nobody else cleans up
  // (tests/faults/errnos.py).
  ~TemporaryName() {
    const bool gone = unlinkat(directory_, name_.c_str(), 0) == 0 || errno == ENOENT;
    if (!gone) unlinkat(directory_, name_.c_str(), 0);
  }
  TemporaryName(const TemporaryName&) = delete;
  TemporaryName& operator=(const TemporaryName&) = delete;
  const char* c_str() const { return name_.c_str(); }
  const std::string& name() const { return name_; }

 private:
  int directory_;
  std::string name_;
};

Failure changed_meanwhile(const FileSlot& slot) {
  return fail(Errc::busy, "cannot replace " + slot.shown + ": someone else changed it just now",
              "look at the file, then run the command again");
}

Failure not_regular(const std::string& shown, mode_t mode) {
  if (S_ISLNK(mode)) {
    return fail(Errc::conflict, "cannot use " + shown + ": it is a symbolic link",
                "remove the link, or put a regular file in its place");
  }
  return fail(Errc::conflict, "cannot use " + shown + ": it is not a regular file");
}

Result<void> check_target(const FileSlot& slot) {
  struct stat status {};
  if (fstatat(slot.directory, slot.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return {};
    return os_failure("look at", slot.shown, errno);
  }
  if (slot.link && S_ISLNK(status.st_mode)) return {};
  if (!S_ISREG(status.st_mode) || slot.link) return not_regular(slot.shown, status.st_mode);
  if (auto able = check_changeable(slot.directory, slot.name.c_str(), slot.shown); !able)
    return able;
  return check_trusted(status, slot.shown, slot.owner);
}

Result<std::optional<FileContent>> load_slot(const FileSlot& slot, const std::string& name) {
  return slot.link ? load_link_content(slot.directory, name, slot.shown)
                   : load_content(slot.directory, name, slot.shown);
}

int rename_at(const FileSlot& slot, const char* from, const char* to, unsigned flags) {
  return renameat2(slot.directory, from, slot.directory, to, flags) == 0 ? 0 : errno;
}

bool not_supported(int error) { return error == EINVAL || error == ENOSYS; }

ino_t inode_of(int directory, const char* name) {
  struct stat status {};
  return fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 ? status.st_ino : 0;
}

// The file systems that cannot exchange (some network and FUSE ones): looks, then renames over it.
// An edit between the two would be lost; there is no better way there.
Result<void> compare_then_rename(const FileSlot& slot, const TemporaryName& temporary,
                                 const FileContent& expected) {
  const auto found = load_slot(slot, slot.name);
  if (!found) return Failure(found.error());
  if (*found != expected) return changed_meanwhile(slot);
  if (const int error = rename_at(slot, temporary.c_str(), slot.name.c_str(), 0)) {
    return os_failure("replace", slot.shown, error);
  }
  return {};
}

// Gives the target back what was taken out of it. Should yet another file have come to lie there
// in the meantime, the newest one stays: what the exchange brings out must be our own.
void swap_back(const FileSlot& slot, const TemporaryName& temporary, ino_t ours) {
  if (rename_at(slot, temporary.c_str(), slot.name.c_str(), RENAME_EXCHANGE) != 0) {
    rename_at(slot, temporary.c_str(), slot.name.c_str(), RENAME_NOREPLACE);
    return;
  }
  if (inode_of(slot.directory, temporary.c_str()) != ours) {
    rename_at(slot, temporary.c_str(), slot.name.c_str(), RENAME_EXCHANGE);
  }
}

Result<void> swap_in(const FileSlot& slot, const TemporaryName& temporary,
                     const FileContent& expected) {
  const ino_t ours = inode_of(slot.directory, temporary.c_str());
  const int error = rename_at(slot, temporary.c_str(), slot.name.c_str(), RENAME_EXCHANGE);
  if (error == ENOENT) return changed_meanwhile(slot);
  if (not_supported(error)) return compare_then_rename(slot, temporary, expected);
  if (error != 0) return os_failure("replace", slot.shown, error);
  const auto found = load_slot(slot, temporary.name());
  if (found && *found == expected) return {};
  swap_back(slot, temporary, ours);
  return found ? Result<void>(changed_meanwhile(slot)) : Failure(found.error());
}

Result<void> move_in(const FileSlot& slot, const TemporaryName& temporary) {
  int error = rename_at(slot, temporary.c_str(), slot.name.c_str(), RENAME_NOREPLACE);
  if (not_supported(error)) {
    error = linkat(slot.directory, temporary.c_str(), slot.directory, slot.name.c_str(), 0) == 0
                ? 0
                : errno;
  }
  if (error == EEXIST) return changed_meanwhile(slot);
  if (error != 0) return os_failure("create", slot.shown, error);
  return {};
}

Result<void> take_out(const FileSlot& slot, const FileContent& expected) {
  const TemporaryName temporary(slot);
  int error = rename_at(slot, slot.name.c_str(), temporary.c_str(), RENAME_NOREPLACE);
  if (not_supported(error)) error = rename_at(slot, slot.name.c_str(), temporary.c_str(), 0);
  if (error == ENOENT) return changed_meanwhile(slot);
  if (error != 0) return os_failure("remove", slot.shown, error);
  const auto found = load_slot(slot, temporary.name());
  if (found && *found == expected) return {};
  // If a new file lies there by now, it is newer than the one in hand: it stays.
  move_in(slot, temporary).has_value();
  return found ? Result<void>(changed_meanwhile(slot)) : Failure(found.error());
}

// What the former file has beside bytes, owner and mode; a file without it would say less than its
// mode: with an access control list the group bits are those of the list.
Result<void> keep_attributes(const FileSlot& slot, const TemporaryName& temporary) {
  constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  const UniqueFd from = open_at(slot.directory, slot.name.c_str(), kFlags);
  if (!from) return {};  // gone, or not to be read: the exchange will say so
  const UniqueFd to = open_at(slot.directory, temporary.c_str(), kFlags);
  if (!to) return os_failure("open", slot.shown, errno);
  if (auto copied = copy_extended_attributes(from.get(), to.get(), slot.shown); !copied) {
    return copied;
  }
  if (const int error = sync_fd(to.get())) return os_failure("sync", slot.shown, error);
  return {};
}

Result<void> put_in(const FileSlot& slot, const std::optional<FileContent>& expected,
                    const FileContent& wanted) {
  const TemporaryName temporary(slot);
  if (auto made = create_content({slot.directory, temporary.name(), slot.shown}, wanted); !made) {
    return made;
  }
  if (!expected) return move_in(slot, temporary);
  if (!slot.link) {
    if (auto kept = keep_attributes(slot, temporary); !kept) return kept;
  }
  return swap_in(slot, temporary, *expected);
}

Result<void> change(const FileSlot& slot, const std::optional<FileContent>& expected,
                    const std::optional<FileContent>& wanted) {
  if (wanted) return put_in(slot, expected, *wanted);
  if (expected) return take_out(slot, *expected);
  if (inode_of(slot.directory, slot.name.c_str()) != 0) return changed_meanwhile(slot);
  return {};
}

// Owner before mode: chown(2) clears set-id bits. Only root can give a file away.
int set_owner_and_mode(int fd, const FileContent& content) {
  struct stat status {};
  if (fstat(fd, &status) != 0) return errno;
  if ((status.st_uid != content.uid || status.st_gid != content.gid) &&
      fchown(fd, content.uid, content.gid) != 0) {
    return errno;
  }
  return fchmod(fd, content.mode) == 0 ? 0 : errno;
}

}  // namespace

Result<std::optional<FileContent>> load_content(int directory, const std::string& name,
                                                const std::string& shown) {
  const UniqueFd found = open_at(directory, name.c_str(), O_PATH | O_NOFOLLOW);
  if (!found && errno == ENOENT) return std::nullopt;
  if (!found) return os_failure("open", shown, errno);
  struct stat status {};
  if (fstat(found.get(), &status) != 0) return os_failure("look at", shown, errno);
  if (!S_ISREG(status.st_mode)) return not_regular(shown, status.st_mode);
  UniqueFd fd = reopen_to_read(found.get());
  if (!fd && errno == ENOENT) {
    fd = open_at(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  }
  if (!fd) return os_failure("open", shown, errno);
  auto bytes = read_all(fd.get(), shown);
  if (!bytes) return Failure(bytes.error());
  return FileContent{std::move(*bytes), status.st_mode & 07777U, status.st_uid, status.st_gid};
}

Result<std::optional<FileContent>> load_link_content(int directory, const std::string& name,
                                                     const std::string& shown) {
  struct stat status {};
  std::array<char, PATH_MAX> target{};
  if (fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return std::nullopt;
    return os_failure("look at", shown, errno);
  }
  if (!S_ISLNK(status.st_mode)) {
    return fail(Errc::conflict, "cannot use " + shown + ": it is no symbolic link");
  }
  const ssize_t size = readlinkat(directory, name.c_str(), target.data(), target.size());
  if (size < 0) return os_failure("read the link", shown, errno);
  return FileContent{std::string(target.data(), static_cast<std::size_t>(size)),
                     status.st_mode & 07777U, status.st_uid, status.st_gid, true};
}

Result<void> create_content(const FileSlot& slot, const FileContent& content) {
  if (content.link) {
    if (symlinkat(content.bytes.c_str(), slot.directory, slot.name.c_str()) == 0) return {};
    return os_failure("create", slot.shown, errno);
  }
  UniqueFd fd =
      open_at(slot.directory, slot.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  if (!fd) return os_failure("create", slot.shown, errno);
  int error = write_all(fd.get(), content.bytes);
  if (error == 0) error = set_owner_and_mode(fd.get(), content);
  if (error == 0) error = sync_fd(fd.get());
  const int close_error = fd.close();
  if (error == 0) error = close_error;
  if (error == 0) return {};
  unlinkat(slot.directory, slot.name.c_str(), 0);
  return os_failure("write", slot.shown, error);
}

Result<void> exchange_content(const FileSlot& slot, const std::optional<FileContent>& expected,
                              const std::optional<FileContent>& wanted) {
  if (auto target = check_target(slot); !target) return target;
  auto done = change(slot, expected, wanted);
  const int error = sync_fd(slot.directory);
  if (!done || error == 0) return done;
  // Not durable is not done: the former file comes back, as far as it can.
  Error failed = os_error("sync the directory of", slot.shown, error);
  if (!change(slot, wanted, expected)) failed.message += "; the new file stays there";
  return Failure(std::move(failed));
}

// Only what we wrote ourselves goes, whole or half written: an edit that somebody made at the very
// moment of a crash may lie there too.
void remove_leftovers(const FileSlot& slot, const std::vector<FileContent>& known) {
  const std::string prefix = temporary_prefix(slot);
  const auto names = names_in(slot.directory, slot.shown);
  if (!names) return;
  for (const std::string& name : *names) {
    if (!name.starts_with(prefix) || name.size() != prefix.size() + kHexDigits) continue;
    const auto found = load_slot(slot, name);
    if (!found || !*found) continue;
    const bool ours = std::ranges::any_of(known, [&](const FileContent& content) {
      return content.bytes.starts_with((*found)->bytes);
    });
    if (ours) unlinkat(slot.directory, name.c_str(), 0);
  }
}

}  // namespace ollama_gpu
