// SPDX-License-Identifier: MIT
#include "core/systemd/service_check.hpp"

#include <array>
#include <span>

#include "core/systemd/fatal_exec.hpp"
#include "core/systemd/service_setting.hpp"
#include "ollama_gpu/core/contains.hpp"

namespace ollama_gpu {
namespace {

constexpr unsigned kVersionOfNotifyReload = 253;

using KnownWords = std::span<const std::string_view>;
constexpr std::array<std::string_view, 9> kActions{
    "none",     "exit",           "exit-force",        "reboot", "reboot-force", "reboot-immediate",
    "poweroff", "poweroff-force", "poweroff-immediate"};
constexpr std::array<std::string_view, 7> kRestarts{
    "no", "on-success", "on-failure", "on-abnormal", "on-watchdog", "on-abort", "always"};
constexpr std::array<std::string_view, 2> kExitTypes{"main", "cgroup"};
// "notify-reload" since 253.
constexpr std::array<std::string_view, 8> kTypes{"simple", "exec",   "forking", "oneshot",
                                                 "dbus",   "notify", "idle",    "notify-reload"};

template <class Function>
void for_each(const UnitSnapshot& snapshot, std::string_view key, Function function) {
  for (const UnitFile& file : snapshot.files) {
    for (const Directive& directive : file.directives) {
      const std::string_view section = key == "SuccessAction" ? "Unit" : "Service";
      if (directive.section == section && directive.key == key) function(file, directive);
    }
  }
}

// The last value among `known`: systemd passes over others.
std::string last_of(const UnitSnapshot& snapshot, std::string_view key, KnownWords known,
                    std::string otherwise) {
  for_each(snapshot, key, [&](const UnitFile&, const Directive& directive) {
    const bool taken = contains(known, directive.value);
    if (taken) otherwise = directive.value;
  });
  return otherwise;
}

bool is_on(const UnitSnapshot& snapshot, std::string_view key) {
  bool on = false;
  for_each(snapshot, key, [&](const UnitFile&, const Directive& directive) {
    on = parse_boolean(directive.value).value_or(on);
  });
  return on;
}

struct Commands {
  std::size_t count = 0;
  Location last = {};
};

Commands commands_of(const UnitSnapshot& snapshot, std::string_view key, unsigned version) {
  Commands found;
  for_each(snapshot, key, [&](const UnitFile& file, const Directive& directive) {
    if (directive.value.empty()) found = {};
    const std::size_t count =
        count_commands(directive.value, snapshot.specifiers.in(file.path), version);
    if (count > 0) found.last = locate(file, directive.position);
    found.count += count;
  });
  return found;
}

// Type= as it stands, or as systemd chooses it (service_add_extras).
std::string type_of(const UnitSnapshot& snapshot, unsigned version, bool has_start) {
  std::string otherwise = has_start ? "simple" : "oneshot";
  if (service_setting(snapshot, "BusName")) otherwise = "dbus";
  for_each(snapshot, "Type", [&](const UnitFile&, const Directive& directive) {
    const std::string& value = directive.value;
    const bool known = contains(kTypes, value);
    if (known && (value != "notify-reload" || version >= kVersionOfNotifyReload)) otherwise = value;
  });
  return otherwise;
}

ServiceFault fault(const UnitSnapshot& snapshot, std::string message, std::string hint) {
  return {std::move(message), std::move(hint), Location{snapshot.on_disk.fragment, 0, 0, ""}};
}

}  // namespace

std::optional<ServiceFault> find_service_fault(const UnitSnapshot& snapshot, unsigned version) {
  const Commands start = commands_of(snapshot, "ExecStart", version);
  const std::string type = type_of(snapshot, version, start.count > 0);
  const bool oneshot = type == "oneshot";
  if (start.count == 0) {
    const bool succeeds = last_of(snapshot, "SuccessAction", kActions, "none") != "none";
    const bool stops = commands_of(snapshot, "ExecStop", version).count > 0;
    if (oneshot && (succeeds || (stops && is_on(snapshot, "RemainAfterExit")))) return std::nullopt;
    return fault(snapshot, "no ExecStart= that systemd can see",
                 "add one, or look for lines that stand outside [Service]");
  }
  if (start.count > 1 && !oneshot) {
    return ServiceFault{"more than one ExecStart=, which only Type=oneshot may have",
                        "put an empty ExecStart= line before the one that is to hold", start.last};
  }
  const std::string restart = last_of(snapshot, "Restart", kRestarts, "no");
  if (oneshot && (restart == "always" || restart == "on-success")) {
    return fault(snapshot, "Restart=" + restart + " together with Type=oneshot", "change one");
  }
  if (oneshot && last_of(snapshot, "ExitType", kExitTypes, "main") == "cgroup") {
    return fault(snapshot, "ExitType=cgroup together with Type=oneshot", "change one");
  }
  if (type == "dbus" && !service_setting(snapshot, "BusName")) {
    return fault(snapshot, "Type=dbus without BusName=", "add the name that the service takes");
  }
  return std::nullopt;
}

}  // namespace ollama_gpu
