// SPDX-License-Identifier: MIT
#include "system/processes/tcp_table.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <span>
#include <sstream>

#include "system/files/unique_fd.hpp"
#include "system/processes/socket_diag.hpp"

namespace ollama_gpu {
namespace {

using Address = IpAddress;

constexpr Address kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0};

bool is_v4(const Address& address) {
  return std::ranges::equal(std::span(kMapped).first(12), std::span(address).first(12));
}

// "0100007F" or 32 digits: words of the machine's own byte order.
bool parse_address(std::string_view digits, Address& address) {
  if (digits.size() != 8 && digits.size() != 32) return false;
  if (digits.size() == 8) address = kMapped;
  std::size_t at = digits.size() == 8 ? 12 : 0;
  for (std::size_t i = 0; i < digits.size(); i += 8, at += 4) {
    std::uint32_t word = 0;
    const char* const begin = digits.data() + i;
    if (std::from_chars(begin, begin + 8, word, 16).ptr != begin + 8) return false;
    std::memcpy(address.data() + at, &word, sizeof word);
  }
  return true;
}

// Reads lines until one is refused. The kernel lists listening sockets before all others, so that
// the many connections of a busy machine need not be read.
template <class Line>
void read_lines(const std::string& path, Line line_is_wanted) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string pending;
  std::array<char, 16384> buffer{};
  while (fd) {
    const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    pending.append(buffer.data(), static_cast<std::size_t>(count));
    std::size_t start = 0;
    for (std::size_t end = 0; (end = pending.find('\n', start)) != std::string::npos;) {
      if (!line_is_wanted(pending.substr(start, end - start))) return;
      start = end + 1;
    }
    pending.erase(0, start);
  }
}

// "sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode ..."
bool parse_line(const std::string& line, ListeningSocket& socket) {
  std::istringstream words(line);
  std::string slot, local, remote, state, skipped;
  words >> slot >> local >> remote >> state >> skipped >> skipped >> skipped;
  words >> socket.socket.uid >> skipped >> socket.socket.inode;
  const std::size_t colon = local.find(':');
  if (!words || state != "0A" || colon == std::string::npos) return false;
  const char* const end = local.data() + local.size();
  return parse_address(std::string_view(local).substr(0, colon), socket.address) &&
         std::from_chars(local.data() + colon + 1, end, socket.port, 16).ptr == end;
}

std::vector<ListeningSocket> sockets_on_port(const SocketSource& source, std::uint16_t port) {
  if (source.ask_kernel) {
    if (auto diagnosed = diagnosed_sockets(port)) return std::move(*diagnosed);
  }
  std::vector<ListeningSocket> sockets;
  for (const char* table : {"/net/tcp", "/net/tcp6"}) {
    read_lines(source.proc + table, [&sockets, port](const std::string& line) {
      if (line.find("local_address") != std::string::npos) return true;
      ListeningSocket socket;
      if (!parse_line(line, socket)) return false;
      if (socket.port == port) sockets.push_back(socket);
      return true;
    });
  }
  return sockets;
}

// How much the kernel prefers this socket for a connection to `wanted`; 0: it does not match.
int preference(const Address& bound, const Address& wanted) {
  if (bound == wanted) return 3;
  const bool any_v4 = bound == kMapped;
  const bool any_v6 = bound == Address{};
  if (is_v4(wanted)) return any_v4 ? 2 : any_v6 ? 1 : 0;
  return any_v6 ? 2 : 0;
}

}  // namespace

Result<std::vector<ReachedSocket>> listening_sockets(const SocketSource& source, Resolver& resolver,
                                                     const Endpoint& endpoint) {
  const Endpoint target = endpoint.connectable();
  const auto wanted = resolver.addresses_of(target.host);
  if (!wanted) return Failure(wanted.error());
  const std::vector<ListeningSocket> sockets = sockets_on_port(source, target.port);
  std::vector<ReachedSocket> found;
  for (const auto& [address, text] : *wanted) {
    int best = 1;
    for (const auto& socket : sockets) best = std::max(best, preference(socket.address, address));
    for (const auto& socket : sockets) {
      const bool known = std::ranges::any_of(found, [&](const ReachedSocket& other) {
        return other.socket.inode == socket.socket.inode;
      });
      if (!known && preference(socket.address, address) == best)
        found.push_back({socket.socket, text});
    }
  }
  return found;
}

Result<std::vector<ClientConnection>> client_connections(Resolver& resolver,
                                                         const Endpoint& endpoint) {
  const bool every_address = endpoint.connectable().host != endpoint.host;
  const auto wanted = resolver.addresses_of(endpoint.connectable().host);
  if (!wanted) return Failure(wanted.error());
  const auto connections = diagnosed_connections(endpoint.port);
  if (!connections) {
    return fail(Errc::failed, "cannot see the open connections: the kernel has no sock_diag");
  }
  std::vector<ClientConnection> clients;
  for (const ServedConnection& connection : *connections) {
    const bool served = every_address || std::ranges::any_of(*wanted, [&](const auto& known) {
                          return known.address == connection.address;
                        });
    if (served) clients.push_back(connection.counts);
  }
  return clients;
}

}  // namespace ollama_gpu
