// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "ollama_gpu/core/ollama/ollama_host.hpp"
#include "ollama_gpu/ports/ollama_server.hpp"

namespace ollama_gpu {

// A server on a free port of 127.0.0.1 that does with each connection what it is told, once the
// request has come.
class HttpServer {
 public:
  using Serve = std::function<void(int fd, const std::string& request)>;
  explicit HttpServer(Serve serve);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  Endpoint endpoint() const { return endpoint_; }
  int connections() const { return connections_; }

  // A server that always sends this.
  static Serve reply(std::string text);
  static std::string ok(const std::string& body);
  static std::string answer(const std::string& status, const std::string& body);

 private:
  void run();

  Serve serve_;
  Endpoint endpoint_{"127.0.0.1", 0};
  int fd_ = -1;
  std::atomic<int> connections_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

// Such a server as Ollama of a unit, and a check that lets everybody pass.
inline ports::OllamaService at(const Endpoint& endpoint) {
  return {endpoint, "127.0.0.1", "/a.service"};
}
inline Result<void> anybody(int /*fd*/, const std::string& /*control_group*/) { return {}; }

}  // namespace ollama_gpu
