// SPDX-License-Identifier: MIT
#include "system/files/trust.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "ollama_gpu/core/text/shell_word.hpp"
#include "system/files/extended_attributes.hpp"
#include "system/files/os_error.hpp"

namespace ollama_gpu {

Result<void> check_trusted(const struct stat& status, const std::string& shown, uid_t owner) {
  const uid_t uid = status.st_uid;
  if (uid != 0 && uid != geteuid() && uid != owner) {
    return fail(
        Errc::conflict,
        "cannot use " + shown + ": it belongs to another user (uid " + std::to_string(uid) + ")",
        "see whose it is, then: sudo chown root: " + shell_word(shown));
  }
  const bool group =
      (status.st_mode & S_IWGRP) != 0 && status.st_gid != 0 && status.st_gid != getegid();
  if (group || (status.st_mode & S_IWOTH) != 0) {
    return fail(Errc::conflict, "cannot use " + shown + ": other users may write to it",
                "see what they wrote, then: sudo chmod go-w " + shell_word(shown));
  }
  return {};
}

Result<void> check_trusted(int fd, const std::string& shown, uid_t owner) {
  struct stat status {};
  if (fstat(fd, &status) != 0) return os_failure("look at", shown, errno);
  if ((status.st_mode & S_IWGRP) != 0 && has_access_control_list(fd)) {
    return fail(Errc::conflict,
                "cannot use " + shown + ": its access control list lets others write to it",
                "see whom, with getfacl, then: sudo setfacl -b " + shell_word(shown));
  }
  return check_trusted(status, shown, owner);
}

Result<void> check_changeable(int directory, const char* name, const std::string& shown) {
  struct statx status {};
  constexpr int kFlags = AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW;
  // Where a kernel or a filter knows no statx(2), the change itself will be refused.
  if (statx(directory, name, kFlags, STATX_TYPE, &status) != 0) return {};
  const auto refused = [&](std::string_view what, char flag) {
    return fail(
        Errc::permission, fmt::format("cannot write to {}: it is {}", shown, what),
        fmt::format("see who made it so, then: sudo chattr -{} {}", flag, shell_word(shown)));
  };
  if ((status.stx_attributes & STATX_ATTR_APPEND) != 0) return refused("append-only", 'a');
  if ((status.stx_attributes & STATX_ATTR_IMMUTABLE) != 0) return refused("immutable", 'i');
  return {};
}

}  // namespace ollama_gpu
