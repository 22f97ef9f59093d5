// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu {

// An IPv6 address; IPv4 ones as v4-mapped (::ffff:127.0.0.1).
using IpAddress = std::array<std::uint8_t, 16>;
IpAddress mapped_address(const void* four_bytes);

struct HostAddress {
  IpAddress address{};
  std::string text = {};  // numeric, with the zone of a link-local address
};

// Addresses of host names, each looked up once. "localhost" and numeric ones need no look-up; other
// names are asked for in a process of their own, which is ended after five seconds or when a signal
// comes: getaddrinfo(3) itself hears neither. Errc::failed, Errc::interrupted.
class Resolver {
 public:
  Result<std::vector<HostAddress>> addresses_of(const std::string& host);

 private:
  using Clock = std::chrono::steady_clock;
  struct Known {
    Result<std::vector<HostAddress>> addresses;
    Clock::time_point at;
  };
  std::map<std::string, Known> known_ = {};
};

}  // namespace ollama_gpu
