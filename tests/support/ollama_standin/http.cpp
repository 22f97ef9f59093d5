// SPDX-License-Identifier: MIT
#include "ollama_standin/http.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "common/config_lines.hpp"
#include "ollama_standin/go_text.hpp"

namespace ollama_standin {

namespace {

constexpr std::size_t kMostBytes = 16U << 20U;

std::string_view reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    default:
      return "Internal Server Error";
  }
}

bool receive(int socket, std::string& text) {
  std::array<char, 8192> buffer{};
  const auto got = ::recv(socket, buffer.data(), buffer.size(), 0);
  if (got <= 0 || text.size() > kMostBytes) return false;
  text.append(buffer.data(), static_cast<std::size_t>(got));
  return true;
}

// Takes the head apart; how long the body is.
std::size_t parse_head(std::string_view head, Request& request) {
  std::size_t length = 0;
  bool first = true;
  for (const auto& line : standin::split(head, '\n')) {
    if (first) {
      const auto words = standin::split(standin::trim(line), ' ');
      request.method = words[0];
      if (words.size() > 1) request.path = words[1].substr(0, words[1].find('?'));
      request.keeps = words.size() > 2 && words[2] != "HTTP/1.0";
      first = false;
      continue;
    }
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::string name = to_lower(line.substr(0, colon));
    const std::string value(standin::trim(std::string_view(line).substr(colon + 1)));
    if (name == "host") request.host = value;
    if (name == "connection" && to_lower(value) == "close") request.keeps = false;
    if (name == "content-length") length = parse_uint(value).value_or(0);
  }
  return length;
}

std::string peer_of(int socket) {
  sockaddr_storage peer{};
  socklen_t length = sizeof peer;
  ::getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &length);
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* address = &reinterpret_cast<const sockaddr_in&>(peer).sin_addr;
  if (peer.ss_family == AF_INET6) {
    address = &reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr;
  }
  ::inet_ntop(peer.ss_family, address, text.data(), text.size());
  return text.data();
}

}  // namespace

bool Connection::client_is_there() const {
  pollfd poller{socket_, POLLRDHUP, 0};
  return ::poll(&poller, 1, 0) == 0;
}

bool Connection::waits_for(int event) const {
  pollfd waits[] = {{event, POLLIN, 0}, {socket_, POLLRDHUP, 0}};
  while (::poll(waits, 2, -1) < 0) {
  }
  return waits[1].revents == 0;
}

// A token goes out at once, also where the one before has not been acknowledged yet.
Connection::Connection(int socket) : socket_(socket), client_(peer_of(socket)) {
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Connection::~Connection() { ::close(socket_); }

bool Connection::read(Request& request) {
  std::size_t end = 0;
  status_ = 0;
  while ((end = unread_.find("\r\n\r\n")) == std::string::npos) {
    if (!receive(socket_, unread_)) return false;
  }
  request = {};
  const std::size_t length = parse_head(unread_.substr(0, end), request);
  if (length > kMostBytes) return false;
  while (unread_.size() < end + 4 + length) {
    if (!receive(socket_, unread_)) return false;
  }
  request.body = unread_.substr(end + 4, length);
  unread_.erase(0, end + 4 + length);
  keeps_ = request.keeps;
  return true;
}

bool Connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      abandon();
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool Connection::reply(int status, std::string_view type, std::string_view body, bool head) {
  status_ = status;
  std::string text = "HTTP/1.1 " + std::to_string(status) + " ";
  text.append(reason_of(status)).append("\r\nContent-Type: ").append(type);
  text += "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + close_line() + "\r\n";
  if (!head) text += body;
  return send(text);
}

bool Connection::begin_chunks(std::string_view type) {
  status_ = 200;
  std::string text = "HTTP/1.1 200 OK\r\nContent-Type: ";
  text.append(type).append("\r\nTransfer-Encoding: chunked\r\n").append(close_line());
  return send(text + "\r\n");
}

bool Connection::chunk(std::string_view data) {
  std::array<char, 32> size{};
  std::snprintf(size.data(), size.size(), "%zx\r\n", data.size());
  return send(size.data() + std::string(data) + "\r\n");
}

}  // namespace ollama_standin
