// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/ollama/ollama_host.hpp"

#include <fmt/format.h>

#include <array>

#include "core/text/ascii.hpp"
#include "core/text/unicode_space.hpp"
#include "ollama_gpu/core/ollama/go_values.hpp"

// OLLAMA_HOST as Ollama's envconfig.Host() reads it, with the Go functions that it calls:
// net.SplitHostPort (go/src/net/ipsock.go) and net.ParseIP with IP.String (go/src/net/netip).
namespace ollama_gpu {

namespace {

constexpr std::uint16_t kDefaultPort = 11434;
constexpr std::size_t kGroups = 8;  // of 16 bits in an IPv6 address
using Ipv6 = std::array<unsigned, kGroups>;

struct HostPort {
  std::string_view host;
  std::string_view port;
};

std::optional<HostPort> split_host_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos || end + 1 != colon) return std::nullopt;
    host = text.substr(1, end - 1);
  } else if (host.find(':') != std::string_view::npos || host.find(']') != std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view port = text.substr(colon + 1);
  if (host.find('[') != std::string_view::npos || port.find_first_of("[]") != port.npos) {
    return std::nullopt;
  }
  return HostPort{host, port};
}

// Dotted decimal, no leading zeros (Go refuses them).
std::optional<std::array<unsigned, 4>> parse_ipv4(std::string_view text) {
  const std::vector<std::string_view> parts = split_at(text, '.');
  std::array<unsigned, 4> bytes = {};
  if (parts.size() != bytes.size()) return std::nullopt;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::optional<std::uint64_t> value = parse_decimal(parts[i]);
    if (!value || *value > 255 || parts[i].size() > 3) return std::nullopt;
    if (parts[i].size() > 1 && parts[i].starts_with('0')) return std::nullopt;
    bytes[i] = static_cast<unsigned>(*value);
  }
  return bytes;
}

std::optional<unsigned> parse_group(std::string_view text) {
  if (text.empty() || text.size() > 4) return std::nullopt;
  unsigned value = 0;
  for (const char c : ascii_lower(text)) {
    if (!is_hex_digit(c)) return std::nullopt;
    value = value * 16 + static_cast<unsigned>(is_digit(c) ? c - '0' : c - 'a' + 10);
  }
  return value;
}

// The groups on one side of "::"; an IPv4 address may stand for the last two.
std::optional<std::vector<unsigned>> parse_groups(std::string_view text, bool may_end_in_ipv4) {
  std::vector<unsigned> groups;
  if (text.empty()) return groups;
  const std::vector<std::string_view> parts = split_at(text, ':');
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto ipv4 =
        i + 1 == parts.size() && may_end_in_ipv4 ? parse_ipv4(parts[i]) : std::nullopt;
    if (ipv4) {
      groups.push_back((*ipv4)[0] * 256 + (*ipv4)[1]);
      groups.push_back((*ipv4)[2] * 256 + (*ipv4)[3]);
      continue;
    }
    const std::optional<unsigned> group = parse_group(parts[i]);
    if (!group) return std::nullopt;
    groups.push_back(*group);
  }
  return groups;
}

std::optional<Ipv6> parse_ipv6(std::string_view text) {
  const std::size_t gap = text.find("::");
  const bool has_gap = gap != std::string_view::npos;
  const auto head = parse_groups(text.substr(0, has_gap ? gap : text.size()), !has_gap);
  const auto tail = parse_groups(has_gap ? text.substr(gap + 2) : std::string_view(), true);
  if (!head || !tail) return std::nullopt;
  const std::size_t count = head->size() + tail->size();
  if (has_gap ? count >= kGroups : count != kGroups) return std::nullopt;
  Ipv6 groups = {};
  for (std::size_t i = 0; i < head->size(); ++i) groups[i] = (*head)[i];
  for (std::size_t i = 0; i < tail->size(); ++i) {
    groups[kGroups - tail->size() + i] = (*tail)[i];
  }
  return groups;
}

// The longest run of at least two zero groups, which "::" stands for (RFC 5952).
struct ZeroRun {
  std::size_t start = kGroups;
  std::size_t length = 0;
};

ZeroRun longest_zero_run(const Ipv6& groups) {
  ZeroRun best;
  for (std::size_t i = 0; i < kGroups; ++i) {
    std::size_t end = i;
    while (end < kGroups && groups[end] == 0) ++end;
    if (end - i >= 2 && end - i > best.length) best = {i, end - i};
  }
  return best;
}

bool is_mapped_ipv4(const Ipv6& groups) {
  for (std::size_t i = 0; i < 5; ++i) {
    if (groups[i] != 0) return false;
  }
  return groups[5] == 0xFFFF;
}

std::string format_ipv6(const Ipv6& groups) {
  if (is_mapped_ipv4(groups)) {
    return fmt::format("{}.{}.{}.{}", groups[6] / 256, groups[6] % 256, groups[7] / 256,
                       groups[7] % 256);
  }
  const ZeroRun zeros = longest_zero_run(groups);
  std::string text;
  for (std::size_t i = 0; i < kGroups; ++i) {
    if (i == zeros.start) {
      text += "::";
      i += zeros.length - 1;
      continue;
    }
    if (!text.empty() && !text.ends_with(':')) text += ':';
    text += fmt::format("{:x}", groups[i]);
  }
  return text;
}

// net.ParseIP(text).String().
std::optional<std::string> canonical_ip(std::string_view text) {
  if (parse_ipv4(text)) return std::string(text);
  if (text.find(':') == std::string_view::npos) return std::nullopt;
  const std::optional<Ipv6> groups = parse_ipv6(text);
  return groups ? std::optional(format_ipv6(*groups)) : std::nullopt;
}

// strconv.ParseInt takes a sign: "+80" is a port, "-1" is out of range.
std::optional<std::uint16_t> parse_port(std::string_view text) {
  if (text.starts_with('+') || text == "-0") text.remove_prefix(1);
  const std::optional<std::uint64_t> port = parse_decimal(text);
  if (!port || *port > UINT16_MAX) return std::nullopt;
  return static_cast<std::uint16_t>(*port);
}

std::string_view trim_brackets(std::string_view text) {
  while (!text.empty() && (text.front() == '[' || text.front() == ']')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == '[' || text.back() == ']')) text.remove_suffix(1);
  return text;
}

struct SchemeAndRest {
  std::string_view rest;
  std::uint16_t default_port = kDefaultPort;
};

SchemeAndRest cut_scheme(std::string_view text) {
  const std::size_t at = text.find("://");
  if (at == std::string_view::npos) {
    // The one bare name that is no local server (envconfig/config.go).
    if (text == "ollama.com") return {"ollama.com:443", kDefaultPort};
    return {text, kDefaultPort};
  }
  const std::string_view scheme = text.substr(0, at);
  const std::string_view rest = text.substr(at + 3);
  if (scheme == "http") return {rest, 80};
  if (scheme == "https") return {rest, 443};
  return {rest, kDefaultPort};
}

}  // namespace

HostSetting parse_ollama_host(std::string_view text) {
  const std::string value = trim_like_ollama(text);
  const SchemeAndRest scheme = cut_scheme(trim_unicode_space(value));
  const std::string_view host_port = scheme.rest.substr(0, scheme.rest.find('/'));
  HostSetting setting;
  setting.endpoint.port = scheme.default_port;
  const std::optional<HostPort> split = split_host_port(host_port);
  if (!split) {
    const std::optional<std::string> ip = canonical_ip(trim_brackets(host_port));
    setting.endpoint.host = ip ? *ip : std::string(host_port);
    if (host_port.empty()) setting.endpoint.host = "127.0.0.1";
    return setting;
  }
  setting.endpoint.host = std::string(split->host);
  const std::optional<std::uint16_t> port = parse_port(split->port);
  setting.valid = port.has_value();
  if (port) setting.endpoint.port = *port;
  return setting;
}

std::string Endpoint::text() const {
  const bool brackets = host.find(':') != std::string::npos;
  return brackets ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

Endpoint Endpoint::connectable() const {
  if (host.empty() || host == "0.0.0.0") return {"127.0.0.1", port};
  const std::optional<std::string> ip = canonical_ip(host);
  if (ip && *ip == "::") return {"::1", port};
  return *this;
}

}  // namespace ollama_gpu
