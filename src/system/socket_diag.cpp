// SPDX-License-Identifier: MIT
#include "socket_diag.hpp"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "unique_fd.hpp"

namespace ollama_gpu {
namespace {

struct Request {
  nlmsghdr header;
  inet_diag_req_v2 diag;
};

bool ask(int fd, std::uint8_t family) {
  Request request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.diag.sdiag_family = family;
  request.diag.sdiag_protocol = IPPROTO_TCP;
  request.diag.idiag_states = 1U << TCP_LISTEN;
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  const ssize_t sent = sendto(fd, &request, sizeof request, 0,
                              reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel);
  return sent == static_cast<ssize_t>(sizeof request);
}

ListeningSocket from_message(const inet_diag_msg& message) {
  ListeningSocket socket;
  if (message.idiag_family == AF_INET) {
    socket.address = mapped_address(message.id.idiag_src);
  } else {
    std::memcpy(socket.address.data(), message.id.idiag_src, socket.address.size());
  }
  socket.port = ntohs(message.id.idiag_sport);
  socket.socket = {message.idiag_inode, message.idiag_uid};
  return socket;
}

enum class Part { more, last, failed };

Part read_part(const char* data, std::size_t size, std::uint16_t port,
               std::vector<ListeningSocket>& sockets) {
  while (size >= sizeof(nlmsghdr)) {
    nlmsghdr header{};
    std::memcpy(&header, data, sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > size) return Part::failed;
    if (header.nlmsg_type == NLMSG_DONE) return Part::last;
    if (header.nlmsg_type == NLMSG_ERROR) return Part::failed;
    if (header.nlmsg_len >= NLMSG_LENGTH(sizeof(inet_diag_msg))) {
      inet_diag_msg message{};
      std::memcpy(&message, data + NLMSG_HDRLEN, sizeof message);
      const ListeningSocket socket = from_message(message);
      if (socket.port == port) sockets.push_back(socket);
    }
    const std::size_t step = NLMSG_ALIGN(header.nlmsg_len);
    if (step >= size) break;
    data += step;
    size -= step;
  }
  return Part::more;
}

bool dump(int fd, std::uint8_t family, std::uint16_t port, std::vector<ListeningSocket>& sockets) {
  if (!ask(fd, family)) return false;
  std::array<char, 32768> buffer{};
  while (true) {
    const ssize_t size = recv(fd, buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return false;
    const Part part = read_part(buffer.data(), static_cast<std::size_t>(size), port, sockets);
    if (part != Part::more) return part == Part::last;
  }
}

}  // namespace

std::optional<std::vector<ListeningSocket>> diagnosed_sockets(std::uint16_t port) {
  const UniqueFd fd(socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!fd) return std::nullopt;
  // The kernel answers at once; a broken one must not hold us up.
  const timeval patience{1, 0};
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::vector<ListeningSocket> sockets;
  for (const std::uint8_t family : {std::uint8_t{AF_INET}, std::uint8_t{AF_INET6}}) {
    if (!dump(fd.get(), family, port, sockets)) return std::nullopt;
  }
  return sockets;
}

}  // namespace ollama_gpu
