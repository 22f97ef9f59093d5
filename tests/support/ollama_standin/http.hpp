// SPDX-License-Identifier: MIT
// One HTTP connection, as the server sees it.
#pragma once

#include <string>
#include <string_view>

namespace ollama_standin {

struct Request {
  std::string method;
  std::string path;
  std::string host;
  std::string body;
};

class Connection {
 public:
  explicit Connection(int socket) : socket_(socket) {}
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool read(Request& request);        // false: nothing more to come
  bool send(std::string_view bytes);  // false: the client has gone
  bool reply(int status, std::string_view type, std::string_view body, bool head = false);
  bool begin_chunks(std::string_view type);
  bool chunk(std::string_view data);  // empty: the last one
  bool client_is_there() const;

 private:
  int socket_;
  std::string unread_;
};

}  // namespace ollama_standin
