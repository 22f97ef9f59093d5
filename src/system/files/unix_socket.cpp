// SPDX-License-Identifier: MIT
#include "system/files/unix_socket.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "system/files/os_error.hpp"

namespace ollama_gpu {

Result<UniqueFd> connect_unix(const std::string& path, int flags) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return os_failure("connect to", path, ENAMETOOLONG);
  std::memcpy(address.sun_path, path.data(), path.size());
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
  if (!fd) return os_failure("make", "a socket", errno);
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return fd;
  if (errno == ECONNREFUSED) {
    return fail(Errc::not_found, "cannot connect to " + path + ": nobody listens there");
  }
  return os_failure("connect to", path, errno);
}

}  // namespace ollama_gpu
