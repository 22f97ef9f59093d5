// SPDX-License-Identifier: MIT
#include "system/processes/resolver.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include "system/files/os_error.hpp"
#include "system/files/unique_fd.hpp"

namespace ollama_gpu {
namespace {

using namespace std::chrono_literals;
constexpr auto kPatience = 5s;
constexpr auto kFailureHolds = 10s;  // a name server that is not there is not asked all the time

// What the asking process sends of an address, and last of all its verdict.
struct LookUpRecord {
  int error = 0;  // of getaddrinfo(3), where `family` is 0
  int family = 0;
  sockaddr_in6 address{};
  socklen_t size = 0;
};

HostAddress host_address(const sockaddr* socket_address, socklen_t size) {
  HostAddress found;
  if (socket_address->sa_family == AF_INET) {
    sockaddr_in ipv4{};
    std::memcpy(&ipv4, socket_address, sizeof ipv4);
    found.address = mapped_address(&ipv4.sin_addr);
  } else {
    sockaddr_in6 ipv6{};
    std::memcpy(&ipv6, socket_address, sizeof ipv6);
    std::memcpy(found.address.data(), &ipv6.sin6_addr, found.address.size());
  }
  std::array<char, NI_MAXHOST> text{};
  if (getnameinfo(socket_address, size, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) == 0)
    found.text = text.data();
  return found;
}

struct AddressListDeleter {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

// Hands over each address of `name`; gives getaddrinfo(3)'s verdict.
template <class Take>
int look_up(const char* name, int flags, Take take) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* raw = nullptr;
  const int error = getaddrinfo(name, nullptr, &hints, &raw);
  if (error != 0) return error;
  const std::unique_ptr<addrinfo, AddressListDeleter> list(raw);
  for (const addrinfo* entry = list.get(); entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_family == AF_INET || entry->ai_family == AF_INET6) take(*entry);
  }
  return 0;
}

Failure no_address(const std::string& host, const std::string& reason) {
  return fail(Errc::failed, "cannot find the address of " + host + ": " + reason);
}

[[noreturn]] void ask_and_end(const std::string& host, int out) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const auto send = [out](const LookUpRecord& record) {
    if (write(out, &record, sizeof record) != static_cast<ssize_t>(sizeof record)) _exit(1);
  };
  LookUpRecord verdict;
  verdict.error = look_up(host.c_str(), 0, [&](const addrinfo& entry) {
    LookUpRecord record;
    record.family = entry.ai_family;
    record.size = entry.ai_addrlen;
    std::memcpy(&record.address, entry.ai_addr,
                std::min<std::size_t>(entry.ai_addrlen, sizeof record.address));
    send(record);
  });
  send(verdict);
  _exit(0);
}

// Reads the asking process's records until its verdict.
Result<std::vector<HostAddress>> hear(const std::string& host, int in) {
  std::vector<HostAddress> addresses;
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    pollfd readable{in, POLLIN, 0};
    const int ready = left > 0ms ? poll(&readable, 1, static_cast<int>(left.count())) : 0;
    if (ready < 0 && errno == EINTR) {
      return fail(Errc::interrupted, "looking for the address of " + host + " was interrupted");
    }
    if (ready <= 0) return no_address(host, "no name server answered within 5 s");
    LookUpRecord record;
    if (read(in, &record, sizeof record) != static_cast<ssize_t>(sizeof record)) {
      return no_address(host, "the look-up ended early");
    }
    if (record.family != 0) {
      const void* const address = &record.address;
      addresses.push_back(host_address(static_cast<const sockaddr*>(address), record.size));
    } else if (record.error != 0) {
      return no_address(host, gai_strerror(record.error));
    } else {
      return addresses;
    }
  }
}

Result<std::vector<HostAddress>> ask_in_child(const std::string& host) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return no_address(host, errno_text(errno));
  const UniqueFd in(ends[0]);
  UniqueFd out(ends[1]);
  const pid_t child = fork();
  if (child < 0) return no_address(host, errno_text(errno));
  if (child == 0) ask_and_end(host, out.get());
  out.close();
  auto heard = hear(host, in.get());
  kill(child, SIGKILL);
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) continue;
  return heard;
}

std::optional<std::vector<HostAddress>> numeric(const std::string& host) {
  std::vector<HostAddress> addresses;
  const auto add = [&](const addrinfo& entry) {
    addresses.push_back(host_address(entry.ai_addr, entry.ai_addrlen));
  };
  if (host == "localhost") {
    look_up("127.0.0.1", AI_NUMERICHOST, add);
    look_up("::1", AI_NUMERICHOST, add);
    return addresses;
  }
  if (look_up(host.c_str(), AI_NUMERICHOST, add) != 0) return std::nullopt;
  return addresses;
}

}  // namespace

IpAddress mapped_address(const void* four_bytes) {
  IpAddress address{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0};
  std::memcpy(address.data() + 12, four_bytes, 4);
  return address;
}

Result<std::vector<HostAddress>> Resolver::addresses_of(const std::string& host) {
  if (auto addresses = numeric(host)) return std::move(*addresses);
  const auto known = known_.find(host);
  if (known != known_.end()) {
    const bool holds = known->second.addresses || Clock::now() - known->second.at < kFailureHolds;
    if (holds) return known->second.addresses;
    known_.erase(known);
  }
  auto addresses = ask_in_child(host);
  if (!addresses && addresses.error().code == Errc::interrupted) return addresses;
  known_.emplace(host, Known{addresses, Clock::now()});
  return addresses;
}

}  // namespace ollama_gpu
