// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/systemd/reachability.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <sstream>

#include "core/systemd/service_setting.hpp"

namespace ollama_gpu {

namespace {

struct Network {
  int family = 0;
  std::array<std::uint8_t, 16> bytes{};
  unsigned prefix = 0;  // bits
};

std::optional<Network> parse_network(std::string text) {
  Network network;
  const std::size_t slash = text.find('/');
  const std::string prefix = slash == text.npos ? "" : text.substr(slash + 1);
  text.resize(std::min(slash, text.size()));
  for (const int family : {AF_INET, AF_INET6}) {
    if (inet_pton(family, text.c_str(), network.bytes.data()) != 1) continue;
    network.family = family;
    network.prefix = family == AF_INET ? 32 : 128;
    unsigned bits = network.prefix;
    const char* const end = prefix.data() + prefix.size();
    if (!prefix.empty() && std::from_chars(prefix.data(), end, bits).ptr != end)
      return std::nullopt;
    network.prefix = std::min(bits, network.prefix);
    return network;
  }
  return std::nullopt;
}

bool contains_address(const Network& network, const Network& address) {
  if (network.family != address.family) return false;
  for (unsigned bit = 0; bit < network.prefix; ++bit) {
    const unsigned mask = 0x80U >> (bit % 8U);
    if ((network.bytes[bit / 8] & mask) != (address.bytes[bit / 8] & mask)) return false;
  }
  return true;
}

// The names that stand for networks (src/shared/in-addr-prefix-util.c).
std::vector<std::string> networks_named(const std::string& word) {
  if (word == "any") return {"0.0.0.0/0", "::/0"};
  if (word == "localhost") return {"127.0.0.0/8", "::1/128"};
  if (word == "link-local") return {"169.254.0.0/16", "fe80::/64"};
  if (word == "multicast") return {"224.0.0.0/4", "ff00::/8"};
  return {word};
}

// The line of the list that the address is in.
std::optional<ServiceSetting> listed(const UnitSnapshot& snapshot, std::string_view key,
                                     const Network& address) {
  for (const ServiceSetting& setting : service_settings(snapshot, key)) {
    std::istringstream words(setting.value);
    for (std::string word; words >> word;) {
      for (const std::string& text : networks_named(word)) {
        const auto network = parse_network(text);
        if (network && contains_address(*network, address)) return setting;
      }
    }
  }
  return std::nullopt;
}

std::string at(const ServiceSetting& setting) {
  return fmt::format("{}={} ({}:{})", setting.source.directive, setting.value, setting.place.file,
                     setting.place.line);
}

}  // namespace

std::string why_unreachable(const UnitSnapshot& snapshot, const std::string& host) {
  const auto own = service_setting(snapshot, "PrivateNetwork");
  const bool is_private = own && is_yes(own->value);
  const auto path = service_setting(snapshot, "NetworkNamespacePath");
  if (is_private || path) {
    return fmt::format("the service has a network of its own, {}: it cannot be asked from here",
                       at(is_private ? *own : *path));
  }
  const std::string numeric = host == "localhost" ? "127.0.0.1" : host.substr(0, host.find('%'));
  const auto address = parse_network(numeric);
  if (!address || listed(snapshot, "IPAddressAllow", *address)) return "";
  const auto denied = listed(snapshot, "IPAddressDeny", *address);
  if (!denied) return "";
  return fmt::format("{} keeps the service from {}: it cannot be asked from here", at(*denied),
                     numeric);
}

}  // namespace ollama_gpu
