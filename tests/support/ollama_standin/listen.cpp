// SPDX-License-Identifier: MIT
#include "ollama_standin/listen.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "ollama_standin/go_text.hpp"

namespace ollama_standin {

namespace {

std::string error_text(int code) { return to_lower(std::strerror(code)); }

// Go listens on both IP versions for every address that means "all".
bool is_wildcard(const std::string& name) {
  return name.empty() || name == "0.0.0.0" || name == "::";
}

void describe(Listener& listener) {
  sockaddr_storage bound{};
  socklen_t length = sizeof bound;
  ::getsockname(listener.socket, reinterpret_cast<sockaddr*>(&bound), &length);
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (bound.ss_family == AF_INET6) {
    sockaddr_in6 address{};
    std::memcpy(&address, &bound, sizeof address);
    ::inet_ntop(AF_INET6, &address.sin6_addr, text.data(), text.size());
    listener.address =
        std::string("[") + text.data() + "]:" + std::to_string(ntohs(address.sin6_port));
    listener.loopback = IN6_IS_ADDR_LOOPBACK(&address.sin6_addr);
  } else {
    sockaddr_in address{};
    std::memcpy(&address, &bound, sizeof address);
    ::inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
    listener.address = std::string(text.data()) + ":" + std::to_string(ntohs(address.sin_port));
    listener.loopback = (ntohl(address.sin_addr.s_addr) >> 24U) == 127;
  }
}

void bind_to(const addrinfo& where, bool wildcard, Listener& listener) {
  const int socket =
      ::socket(where.ai_family, static_cast<int>(SOCK_STREAM) | static_cast<int>(SOCK_CLOEXEC), 0);
  const int on = 1;
  const int off = 0;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (where.ai_family == AF_INET6) {
    ::setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, wildcard ? &off : &on, sizeof on);
  }
  if (::bind(socket, where.ai_addr, where.ai_addrlen) != 0) {
    listener.error = "bind: " + error_text(errno);
  } else if (::listen(socket, SOMAXCONN) != 0) {
    listener.error = "listen: " + error_text(errno);
  } else {
    listener.socket = socket;
    listener.error.clear();
    describe(listener);
    return;
  }
  ::close(socket);
}

}  // namespace

Listener listen_on(const Host& host) {
  Listener listener;
  const bool wildcard = is_wildcard(host.name);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const char* name = wildcard ? "::" : host.name.c_str();
  const std::string wanted = host.url().substr(host.scheme.size() + 3);
  const std::string place = "listen tcp " + wanted.substr(0, wanted.find('/')) + ": ";
  const int code = ::getaddrinfo(name, host.port.c_str(), &hints, &found);
  if (code != 0) {
    listener.error = "listen tcp: lookup " + host.name + ": no such host";
    return listener;
  }
  // As Go does, IPv4 first where a name has both.
  for (const int family : {AF_INET, AF_INET6}) {
    for (const addrinfo* at = found; at && listener.socket < 0; at = at->ai_next) {
      if (at->ai_family == family) bind_to(*at, wildcard, listener);
    }
  }
  ::freeaddrinfo(found);
  if (listener.socket < 0) listener.error = place + listener.error;
  return listener;
}

}  // namespace ollama_standin
