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
  bool keeps = true;  // whether the client leaves the connection open for more
};

class Connection {
 public:
  explicit Connection(int socket);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool read(Request& request);        // false: nothing more to come
  bool send(std::string_view bytes);  // false: the client has gone
  bool reply(int status, std::string_view type, std::string_view body, bool head = false);
  bool begin_chunks(std::string_view type);
  bool chunk(std::string_view data);  // empty: the last one
  void abandon() { keeps_ = false; }  // what was begun is not going to be ended
  bool client_is_there() const;
  bool waits_for(int event) const;  // until it can be read; false: the client has gone

  bool keeps() const { return keeps_; }                  // there may be another request
  int status() const { return status_; }                 // of the answer to the last one; 0: none
  const std::string& client() const { return client_; }  // its address

 private:
  std::string close_line() const { return keeps_ ? "" : "Connection: close\r\n"; }

  int socket_;
  std::string client_;
  int status_ = 0;
  bool keeps_ = true;
  std::string unread_;
};

}  // namespace ollama_standin
