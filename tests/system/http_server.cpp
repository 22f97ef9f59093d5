// SPDX-License-Identifier: MIT
#include "http_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

namespace ollama_gpu {

HttpServer::HttpServer(Serve serve) : serve_(std::move(serve)) {
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(fd_, generic, size) != 0 || listen(fd_, 8) != 0) std::abort();
  getsockname(fd_, generic, &size);
  endpoint_.port = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

HttpServer::~HttpServer() {
  stop_ = true;
  thread_.join();
  close(fd_);
}

namespace {

std::size_t length_of_body(const std::string& head) {
  const auto found = head.find("Content-Length: ");
  return found == std::string::npos ? 0 : std::stoul(head.substr(found + 16));
}

// The head and the body; what is not read would reset the connection when it is closed.
std::string read_request(int connection) {
  std::string request;
  char byte = 0;
  const auto more = [&] { return recv(connection, &byte, 1, 0) == 1; };
  while (request.find("\r\n\r\n") == std::string::npos && more()) request += byte;
  for (std::size_t left = length_of_body(request); left > 0 && more(); --left) request += byte;
  return request;
}

}  // namespace

void HttpServer::run() {
  while (!stop_) {
    pollfd poller{fd_, POLLIN, 0};
    if (poll(&poller, 1, 20) <= 0) continue;
    const int connection = accept(fd_, nullptr, nullptr);
    if (connection < 0) continue;
    ++connections_;
    serve_(connection, read_request(connection));
    close(connection);
  }
}

HttpServer::Serve HttpServer::reply(std::string text) {
  return [text = std::move(text)](int fd, const std::string&) {
    std::size_t sent = 0;
    while (sent < text.size()) {
      const ssize_t count = send(fd, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) return;
      sent += static_cast<std::size_t>(count);
    }
  };
}

std::string HttpServer::ok(const std::string& body) { return answer("200 OK", body); }

std::string HttpServer::answer(const std::string& status, const std::string& body) {
  return "HTTP/1.1 " + status +
         "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

}  // namespace ollama_gpu
