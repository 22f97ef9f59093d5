// SPDX-License-Identifier: MIT
#include "core/systemd/unit_map.hpp"

#include <algorithm>

#include "core/systemd/chase.hpp"
#include "core/systemd/unit_name_rules.hpp"
#include "core/text/base_name.hpp"

namespace ollama_gpu {
namespace {

constexpr int kFollowMax = 8;  // src/basic/unit-file.c, FOLLOW_MAX

bool is_permission(const Error& error) { return error.code == Errc::permission; }

bool has_suffix(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

bool lies_below(const std::string& path, const SearchPath& directories) {
  return std::ranges::any_of(directories, [&path](const std::string& directory) {
    return path.size() > directory.size() && path[directory.size()] == '/' &&
           path.compare(0, directory.size(), directory) == 0;
  });
}

// Whether `source` may be an alias of `target` (unit_validate_alias_symlink_and_warn). Only names
// of services get here, so that the unit types agree.
bool is_valid_alias(const std::string& source, const std::string& target) {
  const std::optional<NameKind> from = classify_unit_name(source);
  const std::optional<NameKind> to = classify_unit_name(target);
  if (!from || !to) return false;
  if (*to == NameKind::instance && instance_of(source) != instance_of(target)) return false;
  return *from == *to || (*from == NameKind::instance && *to == NameKind::template_unit);
}

}  // namespace

Result<bool> is_null_or_empty(const FileReader& files, const std::string& path) {
  const Result<std::string> real = chase(files, path, {true, true});
  if (!real) return Failure(real.error());
  // An image may have no device nodes; once booted it will.
  if (*real == "/dev/null") return true;
  const Result<FileStatus> status = files.status(*real);
  if (!status) return Failure(status.error());
  return status->type == FileType::other ||
         (status->type == FileType::regular && status->size == 0);
}

Result<UnitMap> UnitMap::build(const FileReader& files, const SearchPath& path) {
  UnitMap map(files);
  for (const std::string& directory : path) {
    const Result<bool> added = map.add_directory(directory, path);
    if (!added) return Failure(added.error());
  }
  return map;
}

Result<bool> UnitMap::add_directory(const std::string& directory, const SearchPath& path) {
  const Result<std::vector<DirectoryEntry>> entries = files_->list(directory);
  if (!entries) {
    // systemd passes over what it cannot open; for us that would be a wrong answer.
    if (is_permission(entries.error())) return Failure(entries.error());
    return false;
  }
  for (const DirectoryEntry& entry : *entries) {
    if (has_suffix(entry.name, ".d")) entries_.insert(directory + "/" + entry.name);
    if (!classify_unit_name(entry.name) || targets_.count(entry.name) > 0) continue;
    Result<bool> added = add_unit(directory, entry, path);
    if (!added) return added;
  }
  return true;
}

Result<bool> UnitMap::add_unit(const std::string& directory, const DirectoryEntry& entry,
                               const SearchPath& path) {
  const std::string file = directory + "/" + entry.name;
  if (entry.type == FileType::regular) return targets_.emplace(entry.name, file).second;
  if (entry.type != FileType::symlink) return false;  // a directory hides nothing further down
  const Result<std::string> link = files_->read_link(file);
  if (!link) {
    if (is_permission(link.error())) return Failure(link.error());
    return false;
  }
  const bool absolute = !link->empty() && link->front() == '/';
  const Result<std::string> target =
      chase(*files_, absolute ? *link : directory + "/" + *link, {false, true});
  if (!target) {
    if (is_permission(target.error())) return Failure(target.error());
    return false;
  }
  // A link out of the search path is a linked unit or a mask: a fragment under its own name.
  if (!lies_below(*target, path)) return targets_.emplace(entry.name, file).second;
  const std::string name = base_name(*target);
  // A link to its own name further down the path says nothing that the path does not say.
  if (!is_valid_alias(entry.name, name) || name == entry.name) return false;
  return targets_.emplace(entry.name, name).second;
}

UnitMap::Target UnitMap::resolve(const std::string& name) const {
  std::string id = name;
  for (int hops = 0; hops < kFollowMax; ++hops) {
    auto next = targets_.find(id);
    if (next == targets_.end()) {
      if (id == name && hops == 0) return {Lookup::unknown};
      if (id.find('@') != std::string::npos) next = targets_.find(template_of(id));
      if (next == targets_.end()) return {Lookup::dangling};
    }
    if (next->second.front() == '/') return {Lookup::found, next->second};
    id = next->second;
  }
  return {Lookup::loop};
}

std::vector<std::string> UnitMap::names_leading_to(const std::string& name) const {
  std::vector<std::string> sources;
  for (const auto& [source, ignored] : targets_) {
    const Target target = resolve(source);
    if (target.result != Lookup::found) continue;
    std::string end = base_name(target.fragment);
    // An instance that links to a template is an alias of that template's same instance only.
    if (classify_unit_name(end) == NameKind::template_unit &&
        classify_unit_name(source) == NameKind::instance) {
      end = with_instance(end, instance_of(source));
    }
    if (end != name) continue;
    const Result<bool> masked = is_null_or_empty(*files_, target.fragment);
    if (masked && !*masked) sources.push_back(source);
  }
  return sources;
}

bool UnitMap::add_names(const std::string& name, const std::string& instance,
                        const std::string& fragment_name, std::set<std::string>& names) const {
  names.insert(name);
  for (const std::string& alias : names_leading_to(name)) {
    if (instance.empty() || classify_unit_name(alias) != NameKind::template_unit) {
      names.insert(alias);
      continue;
    }
    const std::string candidate = with_instance(alias, instance);
    const Target target = resolve(candidate);
    if (target.result == Lookup::loop) return false;
    // An instance with a file of its own is no alias, whatever its template is.
    if (target.result == Lookup::found && base_name(target.fragment) != fragment_name) continue;
    names.insert(candidate);
  }
  return true;
}

std::optional<UnitMap::Found> UnitMap::find(const std::string& name) const {
  Found found;
  const std::string instance(instance_of(name));
  if (!add_names(name, instance, {}, found.names)) return std::nullopt;
  Target target = resolve(name);
  if (target.result == Lookup::loop) return std::nullopt;
  if (target.result != Lookup::found && !instance.empty()) {
    target = resolve(template_of(name));
    if (target.result == Lookup::loop) return std::nullopt;
  }
  found.fragment = target.fragment;
  const std::string file_name = base_name(found.fragment);
  if (!found.fragment.empty() && file_name != name &&
      !add_names(file_name, instance, file_name, found.names)) {
    return std::nullopt;
  }
  return found;
}

}  // namespace ollama_gpu
