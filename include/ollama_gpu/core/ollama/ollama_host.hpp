// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ollama_gpu {

// An address that Ollama listens on or is asked at.
struct Endpoint {
  std::string host;  // without brackets
  std::uint16_t port = 11434;

  // "host:port", brackets around an IPv6 address.
  std::string text() const;
  // Where a client on this machine connects: loopback for 0.0.0.0 and [::].
  Endpoint connectable() const;
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// OLLAMA_HOST as Ollama reads it (envconfig.Host): every form, with its quiet fallbacks. `valid` is
// false where Ollama would warn and use its default port.
struct HostSetting {
  Endpoint endpoint;
  bool valid = true;
};
HostSetting parse_ollama_host(std::string_view text);

}  // namespace ollama_gpu
