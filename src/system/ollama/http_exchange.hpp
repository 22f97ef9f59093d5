// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu {

struct HttpQuestion {
  std::string address;  // numeric
  std::uint16_t port = 0;
  std::string host;  // the Host header
  std::string path;
  std::optional<std::string> json = {};  // a POST with this body, else a GET
  // Looks at the connected socket before anything is sent; an error ends the exchange.
  std::function<Result<void>(int fd)> check = {};
  // Called about every 100 ms with the time waited; returns false to end the exchange.
  std::function<bool(std::chrono::duration<double>)> tick = {};
};

struct HttpAnswer {
  enum class End { answered, not_connected, not_allowed, too_large, ended, broken };
  End end = End::broken;
  int status = 0;
  std::string body = {};
  std::optional<Error> refused = {};  // what `check` said
};

// One question over a connection of its own. The answer's body may have 4 MiB.
HttpAnswer exchange(const HttpQuestion& question);

}  // namespace ollama_gpu
