// SPDX-License-Identifier: MIT
// OG411 to OG416: where the disk, systemd and the running process do not agree.
#include <fmt/format.h>

#include <set>
#include <utility>

#include "core/doctor/parts.hpp"
#include "ollama_gpu/core/contains.hpp"
#include "ollama_gpu/core/ollama/settings.hpp"
#include "ollama_gpu/core/text/secrets.hpp"
#include "ollama_gpu/core/text/shell_word.hpp"

namespace ollama_gpu {

namespace {

using PlainVariables = std::map<std::string, std::string>;

PlainVariables variables_of(const std::vector<std::string>& strings) {
  PlainVariables map;
  for (const std::string& text : strings) {
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) map[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return map;
}

std::string join(const std::set<std::string>& names) {
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : ", ") + name;
  return joined;
}

// Words whose meaning we do not know are not compared.
std::set<std::string> unresolved_names(const UnitSnapshot& snapshot) {
  std::set<std::string> names;
  for (const NamedSource& word : snapshot.environment.unresolved) {
    names.insert(word.text.substr(0, word.text.find('=')));
  }
  return names;
}

std::set<std::string> names_not_loaded(const Examination& exam, const LoadedUnit& loaded) {
  const PlainVariables disk = variables_of(environment_strings(exam.snapshot.environment));
  const PlainVariables known = variables_of(loaded.environment);
  std::set<std::string> names;
  for (const auto& [name, value] : disk) {
    const auto there = known.find(name);
    if (there == known.end() || there->second != value) names.insert(name);
  }
  for (const auto& [name, value] : known) {
    if (!disk.contains(name)) names.insert(name);
  }
  for (const std::string& name : unresolved_names(exam.snapshot)) names.erase(name);
  return names;
}

Location place_of_first(const Examination& exam, const std::set<std::string>& names) {
  for (const std::string& name : names) {
    const EffectiveVariable* variable = exam.variable(name);
    if (variable != nullptr && !variable->source.file.empty()) {
      return locate(exam.snapshot, variable->source);
    }
  }
  return {exam.snapshot.on_disk.fragment, 0, 0, ""};
}

// With our drop-in gone, to converge would take away what is still in force (OG414).
std::string remedy_for_drift(const Examination& exam, std::string usual) {
  return exam.facts.taken_away ? "bring our drop-in back first (OG414)" : std::move(usual);
}

void examine_taken_away(const Examination& exam) {
  const auto& change = exam.facts.taken_away;
  if (!change) return;
  exam.add("OG414", fmt::format("the drop-in that change {} of ollama-gpu left is gone", *change),
           fmt::format("sudo ollama-gpu rollback {}; or, if it is not wanted any more: sudo "
                       "ollama-gpu reset",
                       *change),
           {exam.facts.drop_in_path, 0, 0, ""});
}

std::set<std::string> examine_loaded(const Examination& exam, const LoadedUnit& loaded) {
  std::set<std::string> names = names_not_loaded(exam, loaded);
  const bool files_differ = loaded.drop_ins != exam.snapshot.on_disk.drop_ins ||
                            loaded.fragment != exam.snapshot.on_disk.fragment;
  if (names.empty() && !files_differ && !loaded.need_reload) return names;
  std::string what = "its files have changed since it was loaded";
  if (!names.empty()) what = fmt::format("it has not loaded what the files say of {}", join(names));
  exam.add("OG411", fmt::format("systemd lags behind the disk: {}", what),
           remedy_for_drift(
               exam, "sudo systemctl daemon-reload, then restart; or sudo ollama-gpu configure"),
           place_of_first(exam, names));
  return names;
}

// The variables that differ between the process and the files, except `told`: these have a finding.
void examine_process(const Examination& exam, const PlainVariables& process,
                     const std::set<std::string>& told) {
  std::set<std::string> names;
  for (const auto& [name, variable] : exam.snapshot.effective.variables) {
    if (variable.source.file.empty()) continue;
    const auto there = process.find(name);
    if (there == process.end() || there->second != variable.value) names.insert(name);
  }
  for (const auto& [name, value] : process) {
    const bool gone = exam.variable(name) == nullptr && find_setting(name) != nullptr;
    // systemd itself sets these for the user of the service.
    if (gone && name != "HOME" && name != "PATH") names.insert(name);
  }
  for (const std::string& name : unresolved_names(exam.snapshot)) names.erase(name);
  for (const std::string& name : told) names.erase(name);
  if (names.empty()) return;
  exam.add("OG412",
           fmt::format("the running process does not have what the files say of {}", join(names)),
           remedy_for_drift(exam, "restart the service, or: sudo ollama-gpu configure"),
           place_of_first(exam, names));
}

void examine_manager(const Examination& exam) {
  for (const auto& [name, variable] : exam.snapshot.effective.variables) {
    if (!variable.source.file.empty()) continue;
    const Setting* setting = find_setting(name);
    const bool telling = setting != nullptr &&
                         (name.starts_with("OLLAMA_") || setting->type == SettingType::device_ids);
    if (!telling) continue;
    exam.add(
        "OG413",
        fmt::format("{}={} comes from systemd's own environment", name,
                    masked_value(name, variable.value)),
        fmt::format("keep it in the drop-in: sudo ollama-gpu configure --set {}",
                    shell_word(fmt::format("{}={}", name, masked_value(name, variable.value)))),
        {});
  }
}

// Only where PID 1's variables were seen.
void examine_passed(const Examination& exam) {
  if (!exam.facts.sees_manager_process) return;
  for (const NamedSource& passed : exam.snapshot.environment.pass_environment) {
    const EffectiveVariable* variable = exam.variable(passed.text);
    if (variable != nullptr || find_setting(passed.text) == nullptr) continue;
    if (exam.snapshot.effective.unset.contains(passed.text)) continue;
    exam.add("OG415",
             fmt::format("PassEnvironment={0} passes nothing on: systemd has no {0}", passed.text),
             fmt::format("set it with Environment={}=...", passed.text),
             locate(exam.snapshot, passed.source));
  }
}

// systemctl edit --runtime.
void examine_runtime_files(const Examination& exam) {
  std::set<std::string> files;
  for (const Assignment& set : exam.snapshot.environment.environment) {
    const std::string& file = set.source.file;
    const bool passing =
        file.starts_with("/run/systemd/system/") ||
        (file.starts_with("/run/user/") && file.find("/systemd/user/") != file.npos);
    if (!passing || !files.insert(file).second) continue;
    exam.add("OG416", fmt::format("{} is gone at the next boot, and what it sets", file),
             "write it below /etc/systemd/system instead", locate(exam.snapshot, set.source));
  }
}

}  // namespace

void examine_drift(const Examination& exam) {
  examine_taken_away(exam);
  examine_passed(exam);
  examine_runtime_files(exam);
  const bool read = exam.snapshot.on_disk.load_state == LoadState::loaded;
  if ((!read && !exam.snapshot.service_fault) || !exam.facts.loaded) return;
  const bool whole = exam.snapshot.closed.empty();  // else the files say more than is seen here
  const std::set<std::string> told =
      whole ? examine_loaded(exam, *exam.facts.loaded) : std::set<std::string>();
  if (exam.facts.process && whole) examine_process(exam, *exam.facts.process, told);
  examine_manager(exam);
}

}  // namespace ollama_gpu
