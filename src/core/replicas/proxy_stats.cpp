// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/replicas/proxy_stats.hpp"

#include <algorithm>
#include <map>

#include "core/text/ascii.hpp"

namespace ollama_gpu {

namespace {

constexpr std::string_view kStatistics = "# pxname,";

std::uint64_t number(std::string_view text) { return parse_decimal(text).value_or(0); }

std::string description_in(std::string_view info) {
  for (const std::string_view line : split_at(info, '\n')) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    if (ascii_lower(line.substr(0, colon)) != "description") continue;
    std::string_view value = line.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    return std::string(value);
  }
  return "";
}

// The columns by name, since newer versions have more of them.
class Columns {
 public:
  explicit Columns(std::string_view head) {
    std::size_t i = 0;
    for (const std::string_view name : split_at(head, ',')) at_[std::string(name)] = i++;
  }
  std::string_view of(const std::vector<std::string_view>& row, const std::string& name) const {
    const auto found = at_.find(name);
    return found == at_.end() || found->second >= row.size() ? "" : row[found->second];
  }

 private:
  std::map<std::string, std::size_t> at_;
};

}  // namespace

const ProxyServer* ProxyState::find(std::string_view backend, std::string_view name) const {
  const auto found = std::ranges::find_if(servers, [&](const ProxyServer& server) {
    return server.backend == backend && server.name == name;
  });
  return found == servers.end() ? nullptr : &*found;
}

std::uint64_t ProxyState::current_of(std::string_view name) const {
  std::uint64_t sum = 0;
  for (const ProxyServer& server : servers) {
    if (server.name == name) sum += server.current;
  }
  return sum;
}

std::optional<ProxyState> parse_proxy_state(std::string_view info, std::string_view stat) {
  const auto rows = split_at(stat, '\n');
  if (rows.empty() || !rows.front().starts_with(kStatistics)) return std::nullopt;
  const Columns columns(rows.front().substr(2));
  ProxyState state{description_in(info), {}, 0};
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const auto row = split_at(rows[i], ',');
    const std::string_view name = columns.of(row, "svname");
    if (row.size() < 3 || name == "FRONTEND") continue;
    if (name == "BACKEND") {
      state.waiting += number(columns.of(row, "qcur"));
      continue;
    }
    state.servers.push_back({std::string(row[0]), std::string(name),
                             std::string(columns.of(row, "status")),
                             number(columns.of(row, "scur")), number(columns.of(row, "stot"))});
  }
  return state;
}

std::optional<ProxyVersion> parse_proxy_version(std::string_view text) {
  constexpr std::string_view kWord = "version ";
  const std::size_t at = text.find(kWord);
  if (!text.starts_with("HA") || at == std::string_view::npos) return std::nullopt;
  const auto parts = split_at(text.substr(at + kWord.size()), '.');
  if (parts.size() < 2) return std::nullopt;
  const std::string_view second =
      parts[1].substr(0, std::min(parts[1].find_first_not_of("0123456789"), parts[1].size()));
  const auto major = parse_decimal(parts[0]);
  const auto minor = parse_decimal(second);
  if (!major || !minor) return std::nullopt;
  return ProxyVersion{static_cast<unsigned>(*major), static_cast<unsigned>(*minor)};
}

}  // namespace ollama_gpu
