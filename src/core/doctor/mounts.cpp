// SPDX-License-Identifier: MIT
#include "core/doctor/mounts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <vector>

#include "core/systemd/service_setting.hpp"
#include "core/text/ascii.hpp"

namespace ollama_gpu {

namespace {

// In the order in which one beats another at the same path (src/core/namespace.c, MountMode).
enum class Mode {
  inaccessible,
  bind,
  bind_read_only,
  private_tmp,
  read_only,
  writable,
  tmpfs,
  implied
};

struct Entry {
  std::string path;
  Mode mode = Mode::read_only;
  std::string directive;
  Location place = {};
  bool read_only_tmpfs = false;
};

class MountTable {
 public:
  MountTable(const FileReader& files, const UnitSnapshot& snapshot)
      : files_(files), snapshot_(snapshot) {
    add_home();
    add_system();
    add_temporary();
    add_paths("InaccessiblePaths", Mode::inaccessible);
    add_paths("ReadOnlyPaths", Mode::read_only);
    add_paths("ReadWritePaths", Mode::writable);
    add_paths("TemporaryFileSystem", Mode::tmpfs);
    add_paths("BindPaths", Mode::bind);
    add_paths("BindReadOnlyPaths", Mode::bind_read_only);
    add_own("StateDirectory", "/var/lib");
    add_own("CacheDirectory", "/var/cache");
    add_own("LogsDirectory", "/var/log");
    std::ranges::stable_sort(entries_, [](const Entry& a, const Entry& b) {
      return std::pair(a.path.size(), a.mode) < std::pair(b.path.size(), b.mode);
    });
  }

  // The state of a path after every entry above it, from the root down.
  std::optional<ShutPath> shut(const std::string& path) const {
    std::optional<ShutPath> fate;
    const Entry* before = nullptr;
    for (const Entry& entry : entries_) {
      const bool covers = entry.path == "/" || path == entry.path ||
                          (path.starts_with(entry.path) && path[entry.path.size()] == '/');
      const bool again = before != nullptr && before->path == entry.path;
      if (!covers || again) continue;
      before = &entry;
      fate = after(std::move(fate), entry);
      if (entry.mode == Mode::inaccessible) return fate;
    }
    return fate;
  }

 private:
  static std::optional<ShutPath> after(std::optional<ShutPath> fate, const Entry& entry) {
    const auto is = [&](PathFate what) {
      return ShutPath{what, entry.directive, entry.place, false};
    };
    switch (entry.mode) {
      case Mode::inaccessible:
        return is(PathFate::hidden);
      case Mode::private_tmp:
      case Mode::tmpfs:
        return is(entry.read_only_tmpfs ? PathFate::hidden : PathFate::fleeting);
      case Mode::bind_read_only:
        return is(PathFate::read_only);
      case Mode::bind:
        return std::nullopt;
      case Mode::read_only:
        if (fate && fate->fate != PathFate::read_only) return fate;
        return is(PathFate::read_only);
      case Mode::writable:
      case Mode::implied:
        break;
    }
    // What is not there cannot be opened again.
    if (fate && fate->fate == PathFate::read_only) fate.reset();
    return fate;
  }

  void add(const std::string& path, Mode mode, std::string directive, Location place,
           bool read_only_tmpfs = false) {
    entries_.push_back(
        {real_path(files_, path), mode, std::move(directive), std::move(place), read_only_tmpfs});
  }

  // A directive's value and place; DynamicUser= switches on what nothing else sets
  // (systemd.exec(5)).
  struct Shield {
    std::string value;
    std::string directive;
    Location place = {};
  };
  std::optional<Shield> shield(const std::string& key, const std::string& of_dynamic_user) const {
    const auto setting = service_setting(snapshot_, key);
    if (setting && parse_boolean(setting->value) != false) {
      return Shield{setting->value, key + "=" + setting->value, setting->place};
    }
    const auto dynamic = service_setting(snapshot_, "DynamicUser");
    if (!dynamic || !is_yes(dynamic->value)) return std::nullopt;
    return Shield{of_dynamic_user, "DynamicUser=" + dynamic->value, dynamic->place};
  }

  void add_all(const Shield& shield, Mode mode, std::initializer_list<const char*> paths,
               bool read_only_tmpfs = false) {
    for (const char* path : paths) add(path, mode, shield.directive, shield.place, read_only_tmpfs);
  }

  void add_home() {
    const auto home = shield("ProtectHome", "read-only");
    if (!home) return;
    Mode mode = Mode::inaccessible;
    if (home->value == "read-only") mode = Mode::read_only;
    if (home->value == "tmpfs") mode = Mode::tmpfs;
    add_all(*home, mode, {"/home", "/root", "/run/user"}, true);
  }

  void add_system() {
    const auto system = shield("ProtectSystem", "strict");
    if (!system) return;
    if (system->value == "strict") {
      add_all(*system, Mode::read_only, {"/"});
      add_all(*system, Mode::implied, {"/proc", "/sys", "/dev", "/home", "/root", "/run/user"});
      return;
    }
    add_all(*system, Mode::read_only, {"/usr", "/boot", "/efi"});
    if (system->value == "full") add_all(*system, Mode::read_only, {"/etc"});
  }

  void add_temporary() {
    const auto own = shield("PrivateTmp", "yes");
    if (own) add_all(*own, Mode::private_tmp, {"/tmp", "/var/tmp"});
  }

  void add_paths(std::string_view key, Mode mode) {
    for (const ServiceSetting& setting : service_settings(snapshot_, key)) {
      for (std::string_view word : split_at(setting.value, ' ')) {
        while (word.starts_with('-') || word.starts_with('+')) word.remove_prefix(1);
        const auto parts = split_at(word, ':');
        const bool bind = mode == Mode::bind || mode == Mode::bind_read_only;
        const std::string path(bind && parts.size() > 1 && !parts[1].empty() ? parts[1]
                                                                             : parts.front());
        if (!path.starts_with('/') || path.find('%') != path.npos) continue;
        const bool read_only = mode == Mode::tmpfs && parts.size() > 1 &&
                               fmt::format(",{},", parts[1]).find(",ro,") != std::string::npos;
        add(path, mode, fmt::format("{}={}", key, setting.value), setting.place, read_only);
      }
    }
  }

  void add_own(std::string_view key, std::string_view parent) {
    for (const ServiceSetting& setting : service_settings(snapshot_, key)) {
      for (const std::string_view word : split_at(setting.value, ' ')) {
        const std::string_view name = word.substr(0, word.find(':'));
        if (name.empty() || name.find('%') != name.npos) continue;
        add(fmt::format("{}/{}", parent, name), Mode::implied, "", setting.place);
      }
    }
  }

  const FileReader& files_;
  const UnitSnapshot& snapshot_;
  std::vector<Entry> entries_ = {};
};

}  // namespace

std::string real_path(const FileReader& files, const std::string& path) {
  for (std::size_t end = path.size(); end > 0 && end != path.npos; end = path.rfind('/', end - 1)) {
    const auto real = files.resolve(path.substr(0, end));
    if (!real) continue;
    return (*real == "/" ? "" : *real) + path.substr(end);
  }
  std::string plain = path;
  while (plain.size() > 1 && plain.ends_with('/')) plain.pop_back();
  return plain;
}

std::optional<ShutPath> find_shut_path(const FileReader& files, const UnitSnapshot& snapshot,
                                       const std::string& path) {
  auto shut = MountTable(files, snapshot).shut(real_path(files, path));
  if (shut) shut->exists = files.resolve(path).has_value();
  return shut;
}

}  // namespace ollama_gpu
