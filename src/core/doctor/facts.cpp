// SPDX-License-Identifier: MIT
#include "core/doctor/facts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/doctor/mounts.hpp"
#include "core/doctor/parts.hpp"
#include "core/systemd/accounts.hpp"
#include "core/systemd/login_environment.hpp"
#include "core/text/ascii.hpp"
#include "ollama_gpu/core/contains.hpp"
#include "ollama_gpu/core/drop_in/gate.hpp"
#include "ollama_gpu/core/ollama/go_values.hpp"
#include "ollama_gpu/core/systemd/conditions.hpp"
#include "ollama_gpu/core/systemd/exec_start.hpp"
#include "ollama_gpu/core/systemd/start_fault.hpp"

namespace ollama_gpu {

namespace {

// The unit's own groups come to those of the account.
void add_unit_groups(const FileReader& files, const UnitSnapshot& snapshot, ServiceUser& user) {
  std::vector<ServiceSetting> named = service_settings(snapshot, "SupplementaryGroups");
  if (const auto group = service_setting(snapshot, "Group")) named.push_back(*group);
  for (const Group& group : read_groups(files)) {
    for (const ServiceSetting& setting : named) {
      for (const std::string_view word : split_at(setting.value, ' ')) {
        if (word == group.name || parse_decimal(word) == group.gid) user.groups.insert(group.gid);
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

// The first directory of a way without links that may not be gone through.
std::optional<Obstacle> way_obstacle(const FileReader& files, const ServiceUser& user,
                                     const std::string& path) {
  std::string way;
  for (const std::string_view name : split_at(path, '/')) {
    if (name.empty()) continue;
    way += "/" + std::string(name);
    const auto status = directory_status(files, way);
    if (!status) return std::nullopt;
    if (!may(user, *status, kSearch)) return closed(way, *status, user, "go through it");
  }
  return std::nullopt;
}

bool is_gate_program_missing(const FileReader& files, const UnitSnapshot& snapshot) {
  const auto gate = find_gate(snapshot, 0);
  if (!gate || has_own_root(snapshot)) return false;
  const auto found = files.resolve(gate->gate.program);
  return !found && found.error().code == Errc::not_found;
}

// The HOME that the unit itself sets; empty where the account's counts.
std::string own_home(const UnitSnapshot& snapshot) {
  const auto home = snapshot.effective.variables.find("HOME");
  if (home == snapshot.effective.variables.end() || comes_from_user(home->second.source)) return "";
  return home->second.source.file.empty() ? "" : home->second.value;
}

bool is_below(const std::string& path, const std::string& directory) {
  return path == directory || path.starts_with(directory + "/");
}

void add_user(const FileReader& files, const UnitSnapshot& snapshot, DoctorFacts& facts) {
  const auto name = service_setting(snapshot, "User");
  const auto dynamic = service_setting(snapshot, "DynamicUser");
  if (facts.user_manager || !name || (dynamic && is_yes(dynamic->value))) return;
  facts.user = find_user(files, name->value);
  if (!facts.user) return;
  add_unit_groups(files, snapshot, *facts.user);
  const std::string models = models_directory(snapshot, facts.user->home);
  if (models.starts_with('/')) facts.models_obstacle = find_obstacle(files, *facts.user, models);
  const auto home = files.resolve(facts.user->home);
  facts.home_missing = !home && home.error().code == Errc::not_found;
  const std::string own = own_home(snapshot);
  if (own.starts_with('/') && !is_below(models, own + "/.ollama")) {
    facts.home_obstacle = find_obstacle(files, *facts.user, own + "/.ollama");
  }
}

// Ollama writes to the models, and keeps its key in .ollama of its home.
void add_shut_paths(const FileReader& files, const UnitSnapshot& snapshot, DoctorFacts& facts) {
  const std::string account = facts.user ? facts.user->home : "";
  const std::string models = models_directory(snapshot, account);
  if (models.starts_with('/')) facts.models_shut = find_shut_path(files, snapshot, models);
  const std::string own = own_home(snapshot);
  const std::string key = (own.empty() ? account : own) + "/.ollama";
  if (key == "/.ollama" || !key.starts_with('/') || is_below(models, key)) return;
  facts.home_shut = find_shut_path(files, snapshot, key);
}

}  // namespace

std::optional<ServiceUser> find_user(const FileReader& files, const std::string& name) {
  const auto account = find_account(files, name);
  if (!account) return std::nullopt;
  ServiceUser user{account->name, account->uid, {account->gid}, account->home};
  for (const Group& group : read_groups(files)) {
    const auto& members = group.members;
    if (contains(members, user.name)) {
      user.groups.insert(group.gid);
    }
    if (group.name == "render") user.render_group = group.gid;
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
    // Behind a link another way begins.
    const std::string straight = (real == "/" ? "" : real) + "/" + std::string(name);
    if (*resolved != straight && *resolved != path) {
      const std::string behind =
          resolved->substr(0, std::max<std::size_t>(resolved->rfind('/'), 1));
      if (auto closed_there = way_obstacle(files, user, behind)) return closed_there;
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
  if (facts.gpus) facts.gpu_nodes = gpu_nodes(files, snapshot, *facts.gpus);
  if (!facts.start_fault) facts.start_fault = find_start_fault(files, snapshot);
  facts.unmet_condition = find_unmet_condition(files, snapshot);
  facts.gate_program_missing = is_gate_program_missing(files, snapshot);
  if (has_own_root(snapshot)) return;  // no directory lies where it says
  add_user(files, snapshot, facts);
  add_shut_paths(files, snapshot, facts);
}

}  // namespace ollama_gpu
