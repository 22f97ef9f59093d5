// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ollama_gpu/core/result.hpp"
#include "system/files/unique_fd.hpp"

namespace ollama_gpu {

// Larger files are refused: nothing that we read comes near it.
inline constexpr std::size_t kMaxFileSize = 16U << 20U;

// openat(2) with O_CLOEXEC, again after a signal. Empty on failure, with errno set.
UniqueFd open_at(int directory, const char* name, int flags, unsigned mode = 0);

// The regular file that a descriptor of O_PATH stands for, opened to read. What else it may be is
// not to be opened at all: that alone has effects (a watchdog, a tape). Empty on failure, with
// errno set; ENOENT where there is no /proc.
UniqueFd reopen_to_read(int path_fd);

// The names in an open directory, without "." and "..".
Result<std::vector<std::string>> names_in(int directory, std::string_view shown);

// Everything from the descriptor's position to its end. `shown` names it in errors.
Result<std::string> read_all(int fd, std::string_view shown, std::size_t limit = kMaxFileSize);

// 0 or an errno; goes on after short writes and signals.
int write_all(int fd, std::string_view bytes);

// fsync(2), again after a signal: 0 or an errno. File systems that cannot sync a directory (EINVAL)
// are forgiven.
int sync_fd(int fd);

// The start of a small file of the kernel's or the system's (/proc, /sys, /etc), or nothing.
std::optional<std::string> read_small_file(const std::string& path);

// "DIRECTORY/NAME".
std::string child_path(std::string directory, std::string_view name);

// Without the blanks and line ends around it.
std::string_view stripped(std::string_view text);

// `digits` random hexadecimal digits.
std::string random_hex(std::size_t digits);

}  // namespace ollama_gpu
