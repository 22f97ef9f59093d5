// SPDX-License-Identifier: MIT
#include "core_units.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "core/systemd/glob.hpp"

namespace ollama_gpu {
namespace {

constexpr std::size_t kStringMax = 131'071;  // execve(2), MAX_ARG_STRLEN without the NUL

std::string first_line(const char* path) {
  std::string line;
  std::ifstream file(path);
  std::getline(file, line);
  return line;
}

// A field of /etc/os-release, without quotes.
std::string os_release(const std::string& field) {
  std::ifstream file("/etc/os-release");
  for (std::string line; std::getline(file, line);) {
    if (line.compare(0, field.size() + 1, field + "=") != 0) continue;
    line.erase(0, field.size() + 1);
    line.erase(std::remove(line.begin(), line.end(), '"'), line.end());
    return line;
  }
  return {};
}

std::vector<Assignment> manager_process() {
  std::vector<Assignment> result;
  std::ifstream file("/proc/1/environ", std::ios::binary);
  for (std::string entry; std::getline(file, entry, '\0');) {
    const std::size_t equals = entry.find('=');
    if (equals == std::string::npos) continue;
    result.push_back({entry.substr(0, equals), entry.substr(equals + 1)});
  }
  return result;
}

// A variable of PID 1, which %s and %h look at first; Debian builds systemd with bash for %s.
std::string variable_of(const std::vector<Assignment>& environment, const std::string& name,
                        const std::string& otherwise) {
  const auto found = std::find_if(environment.begin(), environment.end(),
                                  [&](const Assignment& entry) { return entry.name == name; });
  return found == environment.end() ? otherwise : found->value;
}

// What PID 1 puts for the specifiers that do not follow from the unit's name.
SpecifierTable host_specifiers(const std::vector<Assignment>& process) {
  std::string boot_id = first_line("/proc/sys/kernel/random/boot_id");
  boot_id.erase(std::remove(boot_id.begin(), boot_id.end(), '-'), boot_id.end());
  const std::string host = first_line("/proc/sys/kernel/hostname");
  return {{'t', "/run"},
          {'h', variable_of(process, "HOME", "/root")},
          {'u', "root"},
          {'U', "0"},
          {'g', "root"},
          {'G', "0"},
          {'s', variable_of(process, "SHELL", "/bin/bash")},
          {'H', host},
          {'l', host.substr(0, host.find('.'))},
          {'b', boot_id},
          {'m', first_line("/etc/machine-id")},
          {'v', first_line("/proc/sys/kernel/osrelease")},
          {'S', "/var/lib"},
          {'C', "/var/cache"},
          {'L', "/var/log"},
          {'E', "/etc"},
          {'T', "/tmp"},
          {'V', "/var/tmp"},
          {'A', os_release("IMAGE_VERSION")},
          {'B', os_release("BUILD_ID")},
          {'M', os_release("IMAGE_ID")},
          {'o', os_release("ID")},
          {'w', os_release("VERSION_ID")},
          {'W', os_release("VARIANT_ID")}};
}

Strings texts(const std::vector<NamedSource>& list) {
  Strings result;
  for (const NamedSource& entry : list) result.push_back(entry.text);
  return result;
}

}  // namespace

CoreUnits::CoreUnits(LiveUnits& live) {
  const std::vector<Assignment> process = manager_process();
  input_.search_path = live.search_path();
  input_.host_specifiers = host_specifiers(process);
  input_.systemd_version = static_cast<unsigned>(std::strtoul(live.version().c_str(), nullptr, 10));
  for (const std::string& entry : live.manager_environment()) {
    const std::size_t equals = entry.find('=');
    input_.manager_environment.push_back({entry.substr(0, equals), entry.substr(equals + 1)});
  }
  input_.manager_process_environment = process;
}

UnitSnapshot CoreUnits::take(const std::string& unit) const {
  const Result<UnitName> name = UnitName::parse(unit);
  if (!name) throw std::runtime_error(unit + ": " + name.error().message);
  Result<UnitSnapshot> snapshot = take_snapshot(files_, input_, *name);
  if (!snapshot) throw std::runtime_error(unit + ": " + snapshot.error().message);
  return std::move(*snapshot);
}

UnitFacts CoreUnits::facts(const std::string& name) const {
  const UnitSnapshot unit = take(name);
  UnitFacts facts;
  facts.id = unit.on_disk.id;
  facts.names = unit.on_disk.names;
  std::sort(facts.names.begin(), facts.names.end());
  facts.load_state = name_of(unit.on_disk.load_state);
  facts.fragment = unit.on_disk.fragment;
  facts.drop_ins = unit.on_disk.drop_ins;
  facts.environment = environment_strings(unit.environment);
  for (const EnvironmentFileReference& file : unit.environment.environment_files) {
    facts.environment_files.push_back((file.optional ? "-" : "") + file.path);
  }
  facts.pass_environment = texts(unit.environment.pass_environment);
  facts.unset_environment = texts(unit.environment.unset_environment);
  return facts;
}

// An environment file that is missing, or refused, keeps the process from starting.
bool CoreUnits::can_read_its_files(const UnitSnapshot& unit) const {
  for (const EnvironmentFileReference& reference : unit.environment.environment_files) {
    if (reference.optional) continue;
    const std::vector<std::string> paths = expand_glob(files_, reference.path);
    if (paths.empty()) return false;
    for (const std::string& path : paths) {
      const bool refused = std::any_of(
          unit.environment_files.begin(), unit.environment_files.end(),
          [&](const EnvironmentFile& file) { return file.path == path && file.invalid; });
      if (refused || !files_.read(path)) return false;
    }
  }
  return true;
}

std::optional<Variables> CoreUnits::process(const std::string& name) const {
  const UnitSnapshot unit = take(name);
  if (unit.on_disk.load_state != LoadState::loaded || !can_read_its_files(unit)) {
    return std::nullopt;
  }
  Variables variables;
  for (const auto& [variable, effective] : unit.effective.variables) {
    if (variable.size() + 1 + effective.value.size() > kStringMax) return std::nullopt;
    variables[variable] = effective.value;
  }
  return without_systemds_own(std::move(variables));
}

Variables without_systemds_own(Variables variables) {
  for (const char* name :
       {"INVOCATION_ID", "JOURNAL_STREAM", "SYSTEMD_EXEC_PID", "MEMORY_PRESSURE_WATCH",
        "MEMORY_PRESSURE_WRITE", "USER", "LOGNAME", "HOME", "SHELL", "CPU_PRESSURE_WATCH",
        "CPU_PRESSURE_WRITE", "IO_PRESSURE_WATCH", "IO_PRESSURE_WRITE"}) {
    variables.erase(name);
  }
  return variables;
}

}  // namespace ollama_gpu
