// SPDX-License-Identifier: MIT
#include "system/files/file_io.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/random.h>

#include <array>

#include "system/files/directory_stream.hpp"
#include "system/files/os_error.hpp"

namespace ollama_gpu {
UniqueFd open_at(int directory, const char* name, int flags, unsigned mode) {
  int fd = -1;
  do {
    fd = ::openat(directory, name, flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  return UniqueFd(fd);
}

UniqueFd reopen_to_read(int path_fd) {
  const std::string link = "/proc/self/fd/" + std::to_string(path_fd);
  return open_at(AT_FDCWD, link.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
}

Result<std::vector<std::string>> names_in(int directory, std::string_view shown) {
  // Of its own, because reading moves the position of the one we were given.
  UniqueFd fd = open_at(directory, ".", O_RDONLY | O_DIRECTORY | O_NONBLOCK);
  const DirectoryStream stream(fd ? fdopendir(fd.get()) : nullptr);
  if (!stream) return os_failure("read", shown, errno);
  fd.release();
  std::vector<std::string> names;
  const int problem = for_each_entry(
      stream.get(), [&names](const dirent& entry) { names.emplace_back(entry.d_name); });
  if (problem != 0) return os_failure("read", shown, problem);
  return names;
}

Result<std::string> read_all(int fd, std::string_view shown, std::size_t limit) {
  std::string bytes;
  std::array<char, 16384> buffer{};
  while (true) {
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count == 0) return bytes;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return os_failure("read", shown, errno);
    bytes.append(buffer.data(), static_cast<std::size_t>(count));
    if (bytes.size() > limit) return os_failure("read", shown, EFBIG);
  }
}

int write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR) return errno;
    if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return 0;
}

int sync_fd(int fd) {
  while (::fsync(fd) != 0) {
    if (errno == EINVAL || errno == EROFS) return 0;
    if (errno != EINTR) return errno;
  }
  return 0;
}

std::optional<std::string> read_small_file(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) return std::nullopt;
  auto text = read_all(fd.get(), path, std::size_t{1} << 20U);
  if (!text) return std::nullopt;
  return std::move(*text);
}

std::string child_path(std::string directory, std::string_view name) {
  directory.append("/").append(name);
  return directory;
}

std::string_view stripped(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string random_hex(std::size_t digits) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string bytes(digits, '\0');
  // Up to 256 bytes come whole once the pool is ready; the names only have to be unlikely to exist.
  if (getrandom(bytes.data(), bytes.size(), 0) < 0)
    bytes.assign(digits, static_cast<char>(getpid()));
  for (char& byte : bytes) byte = kDigits[static_cast<unsigned char>(byte) % kDigits.size()];
  return bytes;
}

}  // namespace ollama_gpu
