// SPDX-License-Identifier: MIT
#include "doctor_facts.hpp"

#include <fmt/format.h>

#include "doctor_parts.hpp"
#include "ollama_gpu/core/go_values.hpp"
#include "value_text.hpp"

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

bool is_member(std::string_view members, std::string_view name) {
  for (const std::string_view member : split_at(members, ',')) {
    if (member == name) return true;
  }
  return false;
}

// The unit's own groups come to those of the account.
void add_unit_groups(const FileReader& files, const UnitSnapshot& snapshot, ServiceUser& user) {
  const auto text = files.read("/etc/group");
  if (!text) return;
  std::vector<ServiceSetting> named = service_settings(snapshot, "SupplementaryGroups");
  if (const auto group = service_setting(snapshot, "Group")) named.push_back(*group);
  for (const Fields& fields : read_fields(*text, kGroupFields)) {
    const auto id = parse_decimal(fields[2]);
    if (!id) continue;
    for (const ServiceSetting& setting : named) {
      for (const std::string_view word : split_at(setting.value, ' ')) {
        if (word == fields[0] || word == fields[2]) user.groups.insert(static_cast<unsigned>(*id));
      }
    }
  }
}

enum Bits : unsigned { kRead = 4, kWrite = 2, kSearch = 1 };

bool may(const ServiceUser& user, const FileStatus& status, unsigned wanted) {
  if (user.uid == 0) return true;
  unsigned bits = status.mode & 7U;
  if (status.uid == user.uid) {
    bits = (status.mode >> 6U) & 7U;
  } else if (user.groups.contains(status.gid)) {
    bits = (status.mode >> 3U) & 7U;
  }
  return (bits & wanted) == wanted;
}

// The root itself is open everywhere.
Result<FileStatus> directory_status(const FileReader& files, const std::string& path) {
  if (path == "/") return FileStatus{FileType::directory, 0755, 0, 0};
  return files.status(path);
}

Obstacle closed(const std::string& path, const FileStatus& status, const ServiceUser& user,
                std::string_view what) {
  constexpr unsigned kAllBits = 07777;
  return {path, fmt::format("{} may not {} (mode {:04o}, owner {}, group {})", user.name, what,
                            status.mode & kAllBits, status.uid, status.gid)};
}

}  // namespace

std::optional<ServiceUser> find_user(const FileReader& files, const std::string& name) {
  const auto passwd = files.read("/etc/passwd");
  if (!passwd) return std::nullopt;
  std::optional<ServiceUser> user;
  for (const Fields& fields : read_fields(*passwd, kPasswdFields)) {
    const auto uid = parse_decimal(fields[2]);
    const auto gid = parse_decimal(fields[3]);
    if ((fields[0] != name && fields[2] != name) || !uid || !gid) continue;
    user = ServiceUser{std::string(fields[0]), static_cast<unsigned>(*uid)};
    user->groups.insert(static_cast<unsigned>(*gid));
    user->home = fields[5];
    break;
  }
  const auto group = files.read("/etc/group");
  if (!user || !group) return user;
  for (const Fields& fields : read_fields(*group, kGroupFields)) {
    const auto gid = parse_decimal(fields[2]);
    if (!gid) continue;
    if (is_member(fields[3], user->name)) user->groups.insert(static_cast<unsigned>(*gid));
    if (fields[0] == "render") user->render_group = static_cast<unsigned>(*gid);
  }
  return user;
}

std::optional<Obstacle> find_obstacle(const FileReader& files, const ServiceUser& user,
                                      const std::string& path) {
  std::string way;
  std::string real = "/";
  for (const std::string_view name : split_at(path, '/')) {
    if (name.empty()) continue;
    const auto parent = directory_status(files, real);
    if (!parent) return std::nullopt;
    if (!may(user, *parent, kSearch)) return closed(real, *parent, user, "go through it");
    way += "/" + std::string(name);
    const auto resolved = files.resolve(way);
    if (!resolved) {
      if (resolved.error().code != Errc::not_found) return std::nullopt;
      if (!may(user, *parent, kWrite)) {
        return closed(real, *parent, user, fmt::format("make {} in it", name));
      }
      return std::nullopt;
    }
    real = *resolved;
  }
  const auto last = files.status(real);
  if (!last || may(user, *last, kRead | kWrite | kSearch)) return std::nullopt;
  return closed(real, *last, user, may(user, *last, kRead | kSearch) ? "write to it" : "read it");
}

std::string models_directory(const UnitSnapshot& snapshot, const std::string& home) {
  const auto& variables = snapshot.effective.variables;
  const auto models = variables.find("OLLAMA_MODELS");
  if (models != variables.end()) {
    std::string path = trim_like_ollama(models->second.value);
    if (!path.empty()) return path;
  }
  const auto own = variables.find("HOME");
  const std::string base =
      own != variables.end() && !own->second.source.file.empty() ? own->second.value : home;
  return base.empty() ? "" : base + "/.ollama/models";
}

void gather_file_facts(const FileReader& files, const SearchPath& search_path,
                       const UnitSnapshot& snapshot, DoctorFacts& facts) {
  facts.unread_files = find_unread_files(files, search_path, snapshot.on_disk);
  for (const EnvironmentFileReference& reference : snapshot.environment.environment_files) {
    const bool pattern = reference.path.find_first_of("*?[") != std::string::npos;
    if (reference.optional || pattern) continue;
    const auto there = files.resolve(reference.path);
    if (!there && there.error().code == Errc::not_found) {
      facts.missing_environment_files.push_back(reference.path);
    }
  }
  const auto name = service_setting(snapshot, "User");
  const auto dynamic = service_setting(snapshot, "DynamicUser");
  const bool own_root =
      service_setting(snapshot, "RootDirectory") || service_setting(snapshot, "RootImage");
  if (facts.user_manager || !name || own_root || (dynamic && is_yes(dynamic->value))) return;
  facts.user = find_user(files, name->value);
  if (!facts.user) return;
  add_unit_groups(files, snapshot, *facts.user);
  const std::string models = models_directory(snapshot, facts.user->home);
  if (models.starts_with('/')) facts.models_obstacle = find_obstacle(files, *facts.user, models);
  const auto home = files.resolve(facts.user->home);
  facts.home_missing = !home && home.error().code == Errc::not_found;
}

}  // namespace ollama_gpu
