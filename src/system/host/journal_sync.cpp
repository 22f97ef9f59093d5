// SPDX-License-Identifier: MIT
#include "system/host/journal_sync.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "system/files/os_error.hpp"
#include "system/files/unix_socket.hpp"

namespace ollama_gpu {
namespace {

using Clock = std::chrono::steady_clock;

// A Varlink message is JSON and a NUL.
constexpr std::string_view kCall{"{\"method\":\"io.systemd.Journal.Synchronize\"}\0", 44};
static_assert(kCall.back() == '\0' && kCall[kCall.size() - 2] == '}');

bool wait_readable(int fd, Clock::time_point until) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    pollfd waiting{fd, POLLIN, 0};
    const int ready = poll(&waiting, 1, static_cast<int>(std::max<decltype(left)>(left, 0)));
    if (ready >= 0 || errno != EINTR) return ready > 0;
  }
}

}  // namespace

Result<void> synchronize_journal(const std::string& path, std::chrono::milliseconds timeout) {
  const auto until = Clock::now() + timeout;
  const auto fd = connect_unix(path, SOCK_NONBLOCK);
  if (!fd) return Failure(fd.error());
  if (send(fd->get(), kCall.data(), kCall.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(kCall.size())) {
    return os_failure("write to", path, errno);
  }
  std::array<char, 256> reply{};
  while (wait_readable(fd->get(), until)) {
    const ssize_t size = recv(fd->get(), reply.data(), reply.size(), 0);
    if (size == 0) return fail(Errc::failed, "journald closed " + path + " without an answer");
    if (size < 0 && errno != EAGAIN && errno != EINTR) return os_failure("read", path, errno);
    if (size > 0 && std::find(reply.data(), reply.data() + size, '\0') != reply.data() + size) {
      return {};
    }
  }
  return fail(Errc::failed, "journald does not answer on " + path);
}

}  // namespace ollama_gpu
