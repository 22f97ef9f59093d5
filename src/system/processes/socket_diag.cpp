// SPDX-License-Identifier: MIT
#include "system/processes/socket_diag.hpp"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <functional>

#include "system/files/unique_fd.hpp"

namespace ollama_gpu {
namespace {

constexpr std::uint32_t kEstablished = 1;  // the kernel's net/tcp_states.h
constexpr std::uint32_t kListen = 10;

struct Request {
  nlmsghdr header;
  inet_diag_req_v2 diag;
};

// What is asked, and what becomes of each message: a dump of the sockets of one family, or with
// `one` the very socket of these two ends.
struct Question {
  std::uint32_t state = kListen;
  std::uint8_t extension = 0;  // INET_DIAG_...
  std::uint16_t port = 0;      // of the socket's own end
  std::optional<inet_diag_sockid> one = {};
};
using Take = std::function<void(const inet_diag_msg&, const char* attributes, std::size_t size)>;

bool ask(int fd, std::uint8_t family, const Question& question) {
  Request request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = question.one ? NLM_F_REQUEST : NLM_F_REQUEST | NLM_F_DUMP;
  request.diag.sdiag_family = family;
  request.diag.sdiag_protocol = IPPROTO_TCP;
  request.diag.idiag_states = 1U << question.state;
  if (question.extension != 0) {
    request.diag.idiag_ext = static_cast<std::uint8_t>(1U << (question.extension - 1U));
  }
  request.diag.id.idiag_sport = htons(question.port);
  if (question.one) request.diag.id = *question.one;
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  const ssize_t sent = sendto(fd, &request, sizeof request, 0,
                              reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel);
  return sent == static_cast<ssize_t>(sizeof request);
}

IpAddress address_of(const inet_diag_msg& message) {
  if (message.idiag_family == AF_INET) return mapped_address(message.id.idiag_src);
  IpAddress address{};
  std::memcpy(address.data(), message.id.idiag_src, address.size());
  return address;
}

enum class Part { more, last, failed };

Part read_part(const char* data, std::size_t size, const Take& take) {
  while (size >= sizeof(nlmsghdr)) {
    nlmsghdr header{};
    std::memcpy(&header, data, sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > size) return Part::failed;
    if (header.nlmsg_type == NLMSG_DONE) return Part::last;
    if (header.nlmsg_type == NLMSG_ERROR) return Part::failed;
    constexpr std::size_t kFixed = NLMSG_LENGTH(sizeof(inet_diag_msg));
    if (header.nlmsg_len >= kFixed) {
      inet_diag_msg message{};
      std::memcpy(&message, data + NLMSG_HDRLEN, sizeof message);
      take(message, data + kFixed, header.nlmsg_len - kFixed);
    }
    const std::size_t step = NLMSG_ALIGN(header.nlmsg_len);
    if (step >= size) break;
    data += step;
    size -= step;
  }
  return Part::more;
}

bool dump(int fd, std::uint8_t family, const Question& question, const Take& take) {
  if (!ask(fd, family, question)) return false;
  std::array<char, 32768> buffer{};
  while (true) {
    const ssize_t size = recv(fd, buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return false;
    const Part part = read_part(buffer.data(), static_cast<std::size_t>(size), take);
    if (part != Part::more) return part == Part::last;
  }
}

UniqueFd open_diag() {
  UniqueFd fd(socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  // The kernel answers at once; a broken one must not hold us up.
  const timeval patience{1, 0};
  if (fd) setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return fd;
}

bool dump_all(const Question& question, const Take& take) {
  const UniqueFd fd = open_diag();
  return fd && dump(fd.get(), AF_INET, question, take) && dump(fd.get(), AF_INET6, question, take);
}

// One of the attributes; older kernels write less of some.
template <class Value>
std::optional<Value> attribute_in(const char* data, std::size_t size, unsigned type) {
  while (size >= sizeof(rtattr)) {
    rtattr attribute{};
    std::memcpy(&attribute, data, sizeof attribute);
    if (attribute.rta_len < sizeof attribute || attribute.rta_len > size) return std::nullopt;
    if (attribute.rta_type == type) {
      Value value{};
      const std::size_t given = attribute.rta_len - RTA_LENGTH(0);
      std::memcpy(&value, data + RTA_LENGTH(0), std::min(given, sizeof value));
      return value;
    }
    const std::size_t step = RTA_ALIGN(attribute.rta_len);
    if (step >= size) break;
    data += step;
    size -= step;
  }
  return std::nullopt;
}

TcpSocket tcp_socket(const inet_diag_msg& message, const char* attributes, std::size_t size) {
  const auto group = attribute_in<std::uint64_t>(attributes, size, INET_DIAG_CGROUP_ID);
  return {message.idiag_inode, message.idiag_uid, group.value_or(0)};
}

// Address and port of one end, as sock_diag wants them.
bool put_end(const sockaddr_storage& end, std::uint16_t& port, std::uint32_t (&words)[4]) {
  if (end.ss_family == AF_INET) {
    sockaddr_in ipv4{};
    std::memcpy(&ipv4, &end, sizeof ipv4);
    port = ipv4.sin_port;
    words[0] = ipv4.sin_addr.s_addr;
    return true;
  }
  if (end.ss_family != AF_INET6) return false;
  sockaddr_in6 ipv6{};
  std::memcpy(&ipv6, &end, sizeof ipv6);
  port = ipv6.sin6_port;
  std::memcpy(words, &ipv6.sin6_addr, sizeof ipv6.sin6_addr);
  return true;
}

}  // namespace

std::optional<TcpSocket> diagnosed_other_end(int fd) {
  sockaddr_storage ours{};
  sockaddr_storage theirs{};
  socklen_t size = sizeof ours;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&ours), &size) != 0) return std::nullopt;
  size = sizeof theirs;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&theirs), &size) != 0) return std::nullopt;
  inet_diag_sockid id{};
  if (!put_end(theirs, id.idiag_sport, id.idiag_src) ||
      !put_end(ours, id.idiag_dport, id.idiag_dst)) {
    return std::nullopt;
  }
  id.idiag_cookie[0] = id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  TcpSocket found;
  const auto take = [&](const inet_diag_msg& message, const char* attributes, std::size_t length) {
    // While the connection is being made the kernel shows the socket that listens.
    if (message.id.idiag_dport == id.idiag_dport) found = tcp_socket(message, attributes, length);
  };
  const UniqueFd diag = open_diag();
  if (!diag) return std::nullopt;
  Question question{kEstablished, 0, 0, id};
  if (!ask(diag.get(), static_cast<std::uint8_t>(ours.ss_family), question)) return std::nullopt;
  std::array<char, 8192> buffer{};
  const ssize_t length = recv(diag.get(), buffer.data(), buffer.size(), 0);
  if (length <= 0) return std::nullopt;
  read_part(buffer.data(), static_cast<std::size_t>(length), take);
  return found;
}

std::optional<std::vector<ListeningSocket>> diagnosed_sockets(std::uint16_t port) {
  std::vector<ListeningSocket> sockets;
  const auto take = [&](const inet_diag_msg& message, const char* attributes, std::size_t size) {
    if (ntohs(message.id.idiag_sport) != port) return;
    sockets.push_back({address_of(message), port, tcp_socket(message, attributes, size)});
  };
  if (!dump_all({kListen, 0, port}, take)) return std::nullopt;
  return sockets;
}

std::optional<std::vector<ServedConnection>> diagnosed_connections(std::uint16_t port) {
  std::vector<ServedConnection> connections;
  const auto take = [&](const inet_diag_msg& message, const char* data, std::size_t size) {
    const auto info = attribute_in<tcp_info>(data, size, INET_DIAG_INFO);
    if (!info || ntohs(message.id.idiag_sport) != port) return;
    const std::uint64_t cookie =
        (std::uint64_t{message.id.idiag_cookie[1]} << 32U) | message.id.idiag_cookie[0];
    connections.push_back(
        {address_of(message), {cookie, info->tcpi_bytes_acked, info->tcpi_bytes_received}});
  };
  if (!dump_all({kEstablished, INET_DIAG_INFO, port}, take)) return std::nullopt;
  return connections;
}

}  // namespace ollama_gpu
