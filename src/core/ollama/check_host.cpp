// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "core/ollama/setting_checks.hpp"
#include "core/text/ascii.hpp"
#include "core/text/unicode_space.hpp"
#include "ollama_gpu/core/ollama/go_values.hpp"
#include "ollama_gpu/core/ollama/ollama_host.hpp"

namespace ollama_gpu {

namespace {

// Characters that stand in host names, addresses, ports, schemes and paths.
bool is_host_character(char c) {
  return is_hex_digit(c) || (c >= 'g' && c <= 'z') || (c >= 'G' && c <= 'Z') ||
         std::string_view(".:-_[]/%").find(c) != std::string_view::npos;
}

// Digits and dots that are no IPv4 address: net.Listen looks it up as a name, in vain.
bool is_broken_ipv4(std::string_view host) {
  if (host.find('.') == host.npos || host.find_first_not_of("0123456789.") != host.npos)
    return false;
  const auto parts = split_at(host, '.');
  constexpr std::size_t kNumbers = 4;
  constexpr std::uint64_t kMost = 255;
  return parts.size() != kNumbers || !std::ranges::all_of(parts, [](std::string_view part) {
           return parse_decimal(part).value_or(kMost + 1) <= kMost;
         });
}

}  // namespace

Check check_host(const Setting& setting, std::string_view value) {
  const std::string trimmed = trim_like_ollama(value);
  const std::string_view text = trim_unicode_space(trimmed);
  for (const char c : text) {
    if (is_host_character(c)) continue;
    return refuse(setting, value, "write 0.0.0.0:11434, 127.0.0.1 or :11434");
  }
  if (value.size() > 1 && parse_decimal(value)) {
    return refuse(setting, value,
                  fmt::format("write :{0} for all addresses, 127.0.0.1:{0} for this machine alone: "
                              "a number alone is a host to Ollama",
                              value));
  }
  if (ascii_lower(text).starts_with("unix:")) {
    return refuse(setting, value, "Ollama knows no unix sockets, and would listen at 127.0.0.1");
  }
  const HostSetting host = parse_ollama_host(value);
  if (is_broken_ipv4(host.endpoint.host)) {
    return refuse(setting, value,
                  "write four numbers up to 255, and :PORT: Ollama would end at its start");
  }
  if (host.valid && host.endpoint.port == 0 && !text.empty()) {
    return refuse(setting, value, "name a port: with 0 Ollama takes another one at every start");
  }
  if (host.valid) return {};
  return refuse(
      setting, value,
      "a port is a number from 1 to 65535: Ollama would warn in its log and take its default");
}

}  // namespace ollama_gpu
