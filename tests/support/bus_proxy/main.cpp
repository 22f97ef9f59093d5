// SPDX-License-Identifier: MIT
// Stands between a D-Bus client and systemd's own socket, and harms the connection on purpose.
//   bus-proxy LISTEN TARGET HARM MEMBER [TIMES]
// HARM: what happens to the first TIMES (1) method calls of the name MEMBER, on any connection:
//   cut-before  the connection breaks, systemd never gets the call
//   cut-after   systemd gets the call, the connection breaks before its reply
//   mute        the call is swallowed: its reply never comes
// Everything else goes through as it is. It runs until it is ended.
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct Connection {
  int client = -1;  // -1: broken; what systemd still sends is dropped
  int systemd = -1;
};

struct Harm {
  std::string kind;
  std::string member;
  long times = 1;
};

int unix_socket(const char* path, bool listens) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (std::strlen(path) >= sizeof address.sun_path) return -1;
  std::strcpy(address.sun_path, path);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (listens) {
    unlink(path);
    if (bind(fd, generic, sizeof address) == 0 && listen(fd, 16) == 0) return fd;
  } else if (connect(fd, generic, sizeof address) == 0) {
    return fd;
  }
  std::perror(path);
  close(fd);
  return -1;
}

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

// A string of a message's header is its length in four bytes, its text and a NUL.
bool calls(std::string_view bytes, const std::string& member) {
  std::string field(4, '\0');
  field[0] = static_cast<char>(member.size());
  field += member;
  field += '\0';
  return bytes.find(field) != std::string_view::npos;
}

void break_off(Connection& connection) {
  shutdown(connection.client, SHUT_RDWR);
  close(connection.client);
  connection.client = -1;
}

// False when the connection has ended.
bool pass_on_call(Connection& connection, std::string_view bytes, Harm& harm) {
  const bool harmed = harm.times > 0 && calls(bytes, harm.member);
  if (!harmed) return send_all(connection.systemd, bytes);
  --harm.times;
  if (harm.kind == "mute") return true;
  if (harm.kind == "cut-after" && !send_all(connection.systemd, bytes)) return false;
  break_off(connection);
  return harm.kind == "cut-after";  // kept open towards systemd, which is at work for it
}

bool relay(Connection& connection, bool from_client, Harm& harm) {
  std::array<char, 65536> buffer{};
  const int from = from_client ? connection.client : connection.systemd;
  const ssize_t size = recv(from, buffer.data(), buffer.size(), 0);
  if (size <= 0) return false;
  const std::string_view bytes(buffer.data(), static_cast<std::size_t>(size));
  if (from_client) return pass_on_call(connection, bytes, harm);
  return connection.client < 0 || send_all(connection.client, bytes);
}

void end(const Connection& connection) {
  if (connection.client >= 0) close(connection.client);
  close(connection.systemd);
}

void serve(int listener, const char* target, Harm& harm) {
  std::vector<Connection> connections;
  while (true) {
    std::vector<pollfd> waits{{listener, POLLIN, 0}};
    for (const Connection& connection : connections) {
      waits.push_back({connection.client, POLLIN, 0});
      waits.push_back({connection.systemd, POLLIN, 0});
    }
    if (poll(waits.data(), waits.size(), -1) < 0) return;
    for (std::size_t i = connections.size(); i-- > 0;) {
      bool lives = true;
      if (waits[2 * i + 1].revents != 0) lives = relay(connections[i], true, harm);
      if (lives && waits[2 * i + 2].revents != 0) lives = relay(connections[i], false, harm);
      if (lives) continue;
      end(connections[i]);
      connections.erase(connections.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (waits[0].revents == 0) continue;
    const int client = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    const int systemd = unix_socket(target, false);
    if (client >= 0 && systemd >= 0) connections.push_back({client, systemd});
    if (client >= 0 && systemd < 0) close(client);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fputs("usage: bus-proxy LISTEN TARGET cut-before|cut-after|mute MEMBER [TIMES]\n", stderr);
    return 2;
  }
  Harm harm{argv[3], argv[4], argc > 5 ? std::strtol(argv[5], nullptr, 10) : 1};
  const int listener = unix_socket(argv[1], true);
  if (listener < 0) return 1;
  serve(listener, argv[2], harm);
  return 1;
}
