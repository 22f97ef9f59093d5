// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/systemd/conditions.hpp"

#include <string>
#include <string_view>
#include <vector>

#include "core/systemd/service_setting.hpp"

namespace ollama_gpu {

namespace {

struct Check {
  std::string kind;  // "PathExists"
  std::string value;
  Location place = {};
};

// The list of one prefix ("Condition", "Assert"); an empty value empties all of it, whatever its
// kind (src/core/load-fragment.c, config_parse_unit_condition_path).
std::vector<Check> checks_of(const UnitSnapshot& snapshot, std::string_view prefix) {
  std::vector<Check> checks;
  for (const UnitFile& file : snapshot.files) {
    for (const Directive& directive : file.directives) {
      if (directive.section != "Unit" || !directive.key.starts_with(prefix)) continue;
      if (directive.value.empty()) {
        checks.clear();
        continue;
      }
      checks.push_back(
          {directive.key.substr(prefix.size()), directive.value, locate(file, directive.position)});
    }
  }
  return checks;
}

std::optional<FileStatus> status_of(const FileReader& files, const std::string& path) {
  const auto target = files.resolve(path);
  if (!target) return std::nullopt;
  const auto status = files.status(*target);
  return status ? std::optional(*status) : std::nullopt;
}

// Whether it is met; nothing for kinds, and paths, that are not judged here.
std::optional<bool> is_met(const FileReader& files, const std::string& kind,
                           const std::string& path) {
  if (path.empty() || path.front() != '/' || path.find('%') != path.npos) return std::nullopt;
  const auto status = status_of(files, path);
  const bool is_file = status && status->type == FileType::regular;
  const bool is_directory = status && status->type == FileType::directory;
  if (kind == "PathExists") return status.has_value();
  if (kind == "PathIsDirectory") return is_directory;
  if (kind == "FileNotEmpty") return is_file && status->size > 0;
  if (kind == "FileIsExecutable") return is_file && (status->mode & 0111U) != 0;
  if (kind == "PathIsSymbolicLink") {
    const auto link = files.status(path);
    return link && link->type == FileType::symlink;
  }
  if (kind == "DirectoryNotEmpty") {
    const auto entries = files.list(path);
    return entries && !entries->empty();
  }
  return std::nullopt;
}

// All without '|' must be met, and one of those with it, if there are any.
std::optional<Location> first_unmet(const FileReader& files, const std::vector<Check>& checks) {
  std::optional<Location> failed_trigger;
  bool triggered = false;
  for (const Check& check : checks) {
    std::string_view value = check.value;
    const auto take = [&value](char prefix) {
      const bool there = value.starts_with(prefix);
      if (there) value.remove_prefix(1);
      return there;
    };
    const bool trigger = take('|');
    const bool negated = take('!');
    const auto met = is_met(files, check.kind, std::string(value));
    const bool holds = !met || *met != negated;
    if (!trigger && !holds) return check.place;
    if (trigger && holds) triggered = true;
    if (trigger && !holds && !failed_trigger) failed_trigger = check.place;
  }
  return triggered ? std::nullopt : failed_trigger;
}

}  // namespace

std::optional<Location> find_unmet_condition(const FileReader& files,
                                             const UnitSnapshot& snapshot) {
  for (const std::string_view prefix : {"Condition", "Assert"}) {
    if (auto unmet = first_unmet(files, checks_of(snapshot, prefix))) return unmet;
  }
  return std::nullopt;
}

std::optional<Location> find_refusal(const UnitSnapshot& snapshot, ByHand what) {
  const auto line =
      unit_setting(snapshot, what == ByHand::start ? "RefuseManualStart" : "RefuseManualStop");
  if (!line || !is_yes(line->value)) return std::nullopt;
  return line->place;
}

}  // namespace ollama_gpu
