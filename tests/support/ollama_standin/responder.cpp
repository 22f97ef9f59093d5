// SPDX-License-Identifier: MIT
#include "ollama_standin/responder.hpp"

#include <chrono>
#include <fstream>
#include <thread>

#include "ollama_standin/wording.hpp"

namespace ollama_standin {

namespace {

constexpr std::size_t kHuge = 64U << 20U;

void send_slowly(Connection& connection, const Script& script) {
  const std::string body = "{\"version\":\"" + script.version_text + "\"}";
  const std::string text = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
                           std::to_string(body.size()) + "\r\n\r\n" + body;
  for (const char c : text) {
    if (!connection.send({&c, 1})) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
  }
}

void send_without_end(Connection& connection) {
  const std::string block(65536, ' ');
  bool there = connection.begin_chunks("application/json") && connection.chunk("{");
  while (there) there = connection.chunk(block);
}

bool hangs(const Script& script, const std::string& path) {
  std::ifstream file(script.hang_file);
  if (!file) return false;
  bool any = false;
  for (std::string line; std::getline(file, line); any = true) {
    if (line == path) return true;
  }
  return !any;
}

}  // namespace

bool outlasts_hang(const Script& script, const Connection& connection, const Request& request) {
  while (hangs(script, request.path)) {
    if (!connection.client_is_there()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return true;
}

bool misanswers(const Script& script, Connection& connection, const Request& request) {
  const std::string& path = script.misbehaviour_path;
  if (path.empty() ? !request.path.starts_with("/api/") : request.path != path) return false;
  if (script.misbehaves("garbage-json")) {
    connection.reply(200, kJson, "{\"version\":\"0.33\x01\xff,[{\"models\":");
  } else if (script.misbehaves("huge-json")) {
    connection.reply(200, kJson,
                     "{\"version\":\"" + script.version_text + "\",\"padding\":\"" +
                         std::string(kHuge, 'x') + "\"}");
  } else if (script.misbehaves("slow-bytes")) {
    send_slowly(connection, script);
  } else if (script.misbehaves("endless")) {
    send_without_end(connection);
  } else {
    return false;
  }
  return true;
}

}  // namespace ollama_standin
