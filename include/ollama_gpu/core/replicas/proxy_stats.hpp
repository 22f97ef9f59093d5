// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ollama_gpu {

// A server of HAProxy's as its statistics have it (management guide, "Statistics and monitoring").
struct ProxyServer {
  std::string backend;
  std::string name;
  std::string status = {};     // "UP", "DOWN", "DRAIN", "MAINT", "no check"...
  std::uint64_t current = 0;   // requests under way
  std::uint64_t answered = 0;  // since its start, also those under way

  bool is_up() const { return status.starts_with("UP") || status == "no check"; }
};

// What HAProxy says of itself.
struct ProxyState {
  std::string mark = {};  // the description of its configuration
  std::vector<ProxyServer> servers = {};
  std::uint64_t waiting = 0;  // requests for which no server is free

  const ProxyServer* find(std::string_view backend, std::string_view name) const;
  // Of a server in every backend.
  std::uint64_t current_of(std::string_view name) const;
};

// Reads the answers to `show info` and `show stat`; nothing where they are none.
std::optional<ProxyState> parse_proxy_state(std::string_view info, std::string_view stat);

// "HAProxy version 2.6.12-1+deb12u4 2026/…" as {2, 6}; nothing where it is no such line.
struct ProxyVersion {
  unsigned major = 0;
  unsigned minor = 0;

  friend bool operator==(const ProxyVersion&, const ProxyVersion&) = default;
  friend bool operator<(const ProxyVersion& a, const ProxyVersion& b) {
    return a.major != b.major ? a.major < b.major : a.minor < b.minor;
  }
};
std::optional<ProxyVersion> parse_proxy_version(std::string_view text);
// The first with all that entry_config() writes (url_dec of paths, retry-on, strcmp; tried on 2.6).
inline constexpr ProxyVersion kFirstProxy{2, 4};

}  // namespace ollama_gpu
