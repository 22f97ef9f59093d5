// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/systemd/start_fault.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/systemd/accounts.hpp"
#include "core/systemd/service_setting.hpp"
#include "core/text/ascii.hpp"
#include "ollama_gpu/core/contains.hpp"
#include "ollama_gpu/core/systemd/exec_start.hpp"

namespace ollama_gpu {

namespace {

using StartFault = std::optional<Error>;

StartFault fault(std::string message, std::string hint, Location place) {
  return Error{Errc::conflict, std::move(message), std::move(hint), std::move(place)};
}

bool is_missing(const FileReader& files, const std::string& path) {
  const auto found = files.resolve(path);
  return !found && found.error().code == Errc::not_found;
}

// systemd makes StateDirectory= and its like itself, before anything is looked for.
bool is_made_at_start(const UnitSnapshot& snapshot, const std::string& path) {
  for (const std::string_view kernels : {"/proc/", "/sys/", "/dev/", "/run/"}) {
    if (path.starts_with(kernels)) return true;  // there at run time, whatever an image has
  }
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kMade{
      {{"StateDirectory", "/var/lib/"},
       {"CacheDirectory", "/var/cache/"},
       {"LogsDirectory", "/var/log/"},
       {"RuntimeDirectory", "/run/"}}};
  for (const auto& [key, parent] : kMade) {
    for (const ServiceSetting& setting : service_settings(snapshot, key)) {
      for (const std::string_view word : split_at(setting.value, ' ')) {
        const std::string made = std::string(parent) + std::string(word.substr(0, word.find(':')));
        if (word.find('%') != word.npos || path == made) return true;
      }
    }
  }
  return false;
}

StartFault program_fault(const FileReader& files, const UnitSnapshot& snapshot) {
  for (const ExecCommand& command : exec_start_of(snapshot)) {
    const std::string& program = command.program;
    if (!program.starts_with('/') || program.find('%') != program.npos) continue;
    if (!is_missing(files, program)) continue;
    return fault(fmt::format("there is no {}", program), "install it, or mend that line",
                 command.place);
  }
  return std::nullopt;
}

// Without one that is not optional (no leading '-') systemd does not start the service.
StartFault environment_file_fault(const FileReader& files, const UnitSnapshot& snapshot) {
  for (const EnvironmentFileReference& file : snapshot.environment.environment_files) {
    if (file.optional || file.path.find_first_of("*?[%") != std::string::npos) continue;
    const auto real = files.resolve(file.path);
    if (!real && real.error().code == Errc::not_found) {
      return fault(fmt::format("there is no {}", file.path),
                   "make the file, or write EnvironmentFile=-PATH where it is optional",
                   locate(snapshot, file.source));
    }
    const auto status = real ? files.status(*real) : Failure(real.error());
    if (!status || status->type != FileType::directory) continue;
    return fault(fmt::format("{} is a directory, not an environment file", file.path),
                 "name the file", locate(snapshot, file.source));
  }
  return std::nullopt;
}

StartFault directory_fault(const FileReader& files, const UnitSnapshot& snapshot) {
  const auto setting = service_setting(snapshot, "WorkingDirectory");
  if (!setting || !setting->value.starts_with('/') || setting->value.find('%') != std::string::npos)
    return std::nullopt;
  if (!is_missing(files, setting->value) || is_made_at_start(snapshot, setting->value)) {
    return std::nullopt;
  }
  return fault(fmt::format("there is no working directory {}", setting->value),
               "make it, or write WorkingDirectory=-PATH where it is optional", setting->place);
}

// Accounts may come from elsewhere (nsswitch.conf(5)): LDAP, SSSD. systemd's own are made by units.
bool has_only_files(const FileReader& files, std::string_view database) {
  const auto text = files.read("/etc/nsswitch.conf");
  if (!text) return false;
  for (const std::string_view line : split_at(*text, '\n')) {
    if (!line.starts_with(database) || line.substr(database.size(), 1) != ":") continue;
    for (const std::string_view word : split_at(line.substr(database.size() + 1), ' ')) {
      constexpr std::array<std::string_view, 4> kLocal{"", "files", "systemd", "compat"};
      if (!contains(kLocal, word) && !word.starts_with('[') && word != "\t") return false;
    }
    return true;
  }
  return false;
}

StartFault account_fault(const FileReader& files, const UnitSnapshot& snapshot) {
  const auto dynamic = service_setting(snapshot, "DynamicUser");
  if (dynamic && is_yes(dynamic->value)) return std::nullopt;
  const auto is_name = [](const std::string& text) {
    return !parse_decimal(text) && text.find('%') == std::string::npos && text != "root" &&
           text != "nobody";
  };
  const auto user = service_setting(snapshot, "User");
  if (user && is_name(user->value) && !find_account(files, user->value) &&
      has_only_files(files, "passwd")) {
    return fault(fmt::format("there is no user {}", user->value),
                 fmt::format("sudo useradd -r -U -m {}, or name another", user->value),
                 user->place);
  }
  const auto group = service_setting(snapshot, "Group");
  if (!group || !is_name(group->value) || !has_only_files(files, "group")) return std::nullopt;
  const auto groups = read_groups(files);
  if (std::ranges::find(groups, group->value, &Group::name) != groups.end()) return std::nullopt;
  return fault(fmt::format("there is no group {}", group->value),
               fmt::format("sudo groupadd -r {}, or name another", group->value), group->place);
}

// 226/NAMESPACE: a path without '-' must be there.
StartFault sandbox_fault(const FileReader& files, const UnitSnapshot& snapshot) {
  for (const std::string_view key :
       {"ReadWritePaths", "ReadOnlyPaths", "InaccessiblePaths", "BindPaths", "BindReadOnlyPaths"}) {
    for (const ServiceSetting& setting : service_settings(snapshot, key)) {
      for (const std::string_view word : split_at(setting.value, ' ')) {
        const std::string path(word.substr(0, word.find(':')));
        if (!path.starts_with('/') || path.find('%') != path.npos) continue;
        if (!is_missing(files, path) || is_made_at_start(snapshot, path)) continue;
        return fault(fmt::format("there is no {}, which {}= names", path, key),
                     fmt::format("make it, or write {}=-{}", key, path), setting.place);
      }
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Error> find_start_fault(const FileReader& files, const UnitSnapshot& snapshot) {
  for (const auto find : {&environment_file_fault, &account_fault}) {
    if (auto found = (*find)(files, snapshot)) return found;
  }
  if (has_own_root(snapshot)) return std::nullopt;
  for (const auto find : {&program_fault, &directory_fault, &sandbox_fault}) {
    if (auto found = (*find)(files, snapshot)) return found;
  }
  return std::nullopt;
}

std::string_view meaning_of_exit(int status) {
  // systemd.exec(5), "Process Exit Codes".
  constexpr std::array<std::pair<int, std::string_view>, 8> kMeanings{{
      {200, "its working directory could not be entered (200/CHDIR)"},
      {203, "the program could not be executed (203/EXEC)"},
      {216, "its group is not there (216/GROUP)"},
      {217, "its user is not there (217/USER)"},
      {218, "its capabilities could not be set (218/CAPABILITIES)"},
      {225, "its network could not be set up (225/NETWORK)"},
      {226, "its sandbox could not be set up (226/NAMESPACE)"},
      {238, "its state directory could not be made (238/STATE_DIRECTORY)"},
  }};
  for (const auto& [code, meaning] : kMeanings) {
    if (code == status) return meaning;
  }
  return "";
}

}  // namespace ollama_gpu
