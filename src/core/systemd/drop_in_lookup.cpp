// SPDX-License-Identifier: MIT
#include "core/systemd/drop_in_lookup.hpp"

#include <array>

#include "core/systemd/chase.hpp"
#include "core/systemd/unit_name_rules.hpp"

namespace ollama_gpu {
namespace {

// From here on a link that loops, or leads through a file or out of a missing directory, is as if
// it were not there; one to a missing file still masks. Seen on 262, not on 257.
constexpr unsigned kVersionOfCheckedLinks = 258;

// From here on (seen on 252, 257 and 262) the manager's cache has a linked directory only where the
// text of its link leads to a directory from the manager's own, the root (unit-file.c,
// unit_file_build_name_map): a relative link within the search path is passed over.
constexpr unsigned kVersionOfCheckedDirectories = 250;

// "a-b-" of "a-b-c", "a-" of "a-b-": the prefix with its last part cut off; empty at the end. One
// dash at the end is passed over, a leading one ends it.
std::string shorter_prefix(std::string_view prefix) {
  if (!prefix.empty() && prefix.back() == '-') prefix.remove_suffix(1);
  const std::size_t dash = prefix.rfind('-');
  if (dash == std::string_view::npos || dash == 0) return {};
  return std::string(prefix.substr(0, dash + 1));
}

class DropInFinder {
 public:
  explicit DropInFinder(const DropInLookup& lookup)
      : files_(lookup.files),
        path_(lookup.path),
        map_(lookup.map),
        checks_links_(lookup.systemd_version >= kVersionOfCheckedLinks),
        checks_directories_(lookup.systemd_version == 0 ||
                            lookup.systemd_version >= kVersionOfCheckedDirectories) {}

  Result<std::vector<std::string>> run(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      for (const std::string& directory : path_) {
        const Result<bool> added = add_names(directory, name);
        if (!added) return Failure(added.error());
      }
    }
    // The type's own directory comes last: any other wins over a same-named file in it.
    for (const std::string& directory : path_) {
      const Result<bool> added = add_directory(directory + "/service.d");
      if (!added) return Failure(added.error());
    }
    std::vector<std::string> drop_ins;
    for (const auto& [name, file] : winners_) drop_ins.push_back(file);
    return drop_ins;
  }

 private:
  // The directories for a name, its template and its shorter prefixes, most specific first
  // (unit_file_find_dirs).
  Result<bool> add_names(const std::string& directory, const std::string& name) {
    Result<bool> added = add_directory(directory + "/" + name + ".d");
    if (!added) return added;
    const bool is_instance = classify_unit_name(name) == NameKind::instance;
    if (is_instance) {
      added = add_names(directory, template_of(name));
      if (!added) return added;
    }
    const std::string prefix = shorter_prefix(prefix_of(name));
    if (!is_unit_prefix(prefix)) return true;
    // A template's shorter prefix is a plain name, an instance's keeps the instance.
    const std::string shorter = prefix + ".service";
    return add_names(directory, is_instance ? with_instance(shorter, instance_of(name)) : shorter);
  }

  // A link that dangles or loops, or what is no directory, counts as not there; but where only we
  // may not look, the answer would be wrong.
  Result<bool> add_directory(const std::string& directory) {
    if (!map_.has_entry(directory) || !is_in_cache(directory)) return true;
    const Result<std::string> real = chase(files_, directory, {});
    if (!real) return ignore(real.error());
    const Result<std::vector<DirectoryEntry>> entries = files_.list(*real);
    if (!entries) return ignore(entries.error());
    for (const DirectoryEntry& entry : *entries) {
      if (is_hidden_or_backup(entry.name) || !entry.name.ends_with(".conf")) continue;
      const std::string file = *real + "/" + entry.name;
      if (checks_links_ && entry.type == FileType::symlink) {
        const Result<std::string> target = chase(files_, file, {true, true});
        if (!target && target.error().code == Errc::permission) return Failure(target.error());
        if (!target) continue;
      }
      winners_.emplace(entry.name, file);
    }
    return true;
  }

  bool is_in_cache(const std::string& directory) const {
    const auto status = files_.status(directory);
    if (!checks_directories_ || !status || status->type != FileType::symlink) return true;
    const auto link = files_.read_link(directory);
    if (!link || link->starts_with('/')) return true;
    const auto target = chase(files_, "/" + *link, {});
    return target && files_.list(*target).has_value();
  }

  static Result<bool> ignore(const Error& error) {
    if (error.code == Errc::permission) return Failure(error);
    return true;
  }

  const FileReader& files_;
  const SearchPath& path_;
  const UnitMap& map_;
  bool checks_links_;
  bool checks_directories_;
  // File name -> path. std::map's bytewise order is the order of application, and emplace keeps
  // the first directory that has a name.
  std::map<std::string, std::string> winners_;
};

}  // namespace

bool is_hidden_or_backup(std::string_view file_name) {
  constexpr std::array<std::string_view, 3> kNames = {"lost+found", "aquota.user", "aquota.group"};
  constexpr std::array<std::string_view, 18> kSuffixes = {
      "ignore",  // since systemd 259
      "rpmnew",    "rpmsave",  "rpmorig",     "dpkg-old",    "dpkg-new", "dpkg-tmp",
      "dpkg-dist", "dpkg-bak", "dpkg-backup", "dpkg-remove", "ucf-new",  "ucf-old",
      "ucf-dist",  "swp",      "bak",         "old",         "new"};
  if (file_name.empty() || file_name.front() == '.' || file_name.back() == '~') return true;
  for (const std::string_view name : kNames) {
    if (file_name == name) return true;
  }
  const std::size_t dot = file_name.rfind('.');
  if (dot == std::string_view::npos) return false;
  for (const std::string_view suffix : kSuffixes) {
    if (file_name.substr(dot + 1) == suffix) return true;
  }
  return false;
}

Result<std::vector<std::string>> find_drop_ins(const DropInLookup& lookup,
                                               const std::vector<std::string>& names) {
  return DropInFinder(lookup).run(names);
}

}  // namespace ollama_gpu
