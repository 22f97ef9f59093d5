// SPDX-License-Identifier: MIT
#include "core/systemd/fatal_image_policy.hpp"
#include "core/systemd/whitespace.hpp"
#include "ollama_gpu/core/contains.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace ollama_gpu {
namespace {

constexpr unsigned kVersionOfTolerance = 258;  // seen on 262, not on 257

constexpr std::array<std::string_view, 13> kPartitions = {
    "root",           "usr",  "home",        "srv",        "esp",
    "xbootldr",       "swap", "root-verity", "usr-verity", "root-verity-sig",
    "usr-verity-sig", "tmp",  "var"};
constexpr std::array<std::string_view, 12> kFlags = {
    "verity", "signed", "encrypted",    "unprotected",   "unused",    "absent",
    "open",   "ignore", "read-only-on", "read-only-off", "growfs-on", "growfs-off"};

std::string_view strip(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// Cuts at every separator; a backslash makes the next character plain. Nothing when one ends it.
std::optional<std::vector<std::string>> split(std::string_view text, char separator) {
  std::vector<std::string> parts{""};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == separator) {
      parts.emplace_back();
      continue;
    }
    if (text[i] == '\\' && ++i == text.size()) return std::nullopt;
    parts.back() += text[i];
  }
  return parts;
}

bool are_flags(std::string_view text) {
  if (text.empty() || text == "-") return true;
  const auto flags = split(text, '+');
  return flags && std::ranges::all_of(*flags, [](const std::string& flag) {
           return contains(kFlags, strip(flag));
         });
}

// One `PARTITION=FLAG+FLAG`, without a partition the default.
bool is_rule(const std::string& text, bool tolerant, std::set<std::string>& seen) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) return false;
  const std::string partition(strip(std::string_view(text).substr(0, equals)));
  const bool known = partition.empty() || contains(kPartitions, partition);
  if (known && !seen.insert(partition).second) return false;
  if (tolerant) return true;
  return known && are_flags(strip(std::string_view(text).substr(equals + 1)));
}

}  // namespace

bool is_refused_image_policy(std::string_view value, unsigned systemd_version) {
  if (value.empty() || value == "-" || value == "*" || value == "~") return false;
  const auto rules = split(value, ':');
  std::set<std::string> seen;
  return !rules || !std::ranges::all_of(*rules, [&](const std::string& rule) {
    return is_rule(rule, systemd_version >= kVersionOfTolerance, seen);
  });
}

}  // namespace ollama_gpu
