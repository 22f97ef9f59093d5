// SPDX-License-Identifier: MIT
#include "core/systemd/accounts.hpp"

#include "core/text/ascii.hpp"

namespace ollama_gpu {

namespace {

using Fields = std::vector<std::string_view>;

// The lines of an account file with at least so many fields.
std::vector<Fields> read_fields(std::string_view text, std::size_t least) {
  std::vector<Fields> lines;
  for (const std::string_view line : split_at(text, '\n')) {
    Fields fields = split_at(line, ':');
    if (fields.size() >= least) lines.push_back(std::move(fields));
  }
  return lines;
}

constexpr std::size_t kPasswdFields = 7;
constexpr std::size_t kGroupFields = 4;

}  // namespace

std::optional<Account> find_account(const FileReader& files, std::string_view name) {
  const auto passwd = files.read("/etc/passwd");
  if (!passwd) return std::nullopt;
  for (const Fields& fields : read_fields(*passwd, kPasswdFields)) {
    const auto uid = parse_decimal(fields[2]);
    const auto gid = parse_decimal(fields[3]);
    if ((fields[0] != name && fields[2] != name) || !uid || !gid) continue;
    return Account{std::string(fields[0]), static_cast<unsigned>(*uid), static_cast<unsigned>(*gid),
                   std::string(fields[5]), std::string(fields[6])};
  }
  return std::nullopt;
}

std::vector<Group> read_groups(const FileReader& files) {
  std::vector<Group> groups;
  const auto text = files.read("/etc/group");
  if (!text) return groups;
  for (const Fields& fields : read_fields(*text, kGroupFields)) {
    const auto gid = parse_decimal(fields[2]);
    if (!gid) continue;
    const std::vector<std::string_view> members = split_at(fields[3], ',');
    groups.push_back(
        {std::string(fields[0]), static_cast<unsigned>(*gid), {members.begin(), members.end()}});
  }
  return groups;
}

}  // namespace ollama_gpu
