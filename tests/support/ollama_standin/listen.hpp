// SPDX-License-Identifier: MIT
// The listening socket.
#pragma once

#include <string>

#include "ollama_standin/settings.hpp"

namespace ollama_standin {

struct Listener {
  int socket = -1;
  std::string address;  // as Go prints it: "127.0.0.1:11434", "[::]:11434"
  bool loopback = false;
  std::string error;  // as Go words it
};

Listener listen_on(const Host& host);

}  // namespace ollama_standin
