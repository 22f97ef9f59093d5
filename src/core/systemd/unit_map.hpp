// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ollama_gpu/core/systemd/file_reader.hpp"
#include "ollama_gpu/core/systemd/unit_lookup.hpp"

namespace ollama_gpu {

// What one look at the search path's directories gives: every service name found there, with its
// file or what it is an alias of, and the `.d` directories (src/basic/unit-file.c,
// unit_file_build_name_map).
class UnitMap {
 public:
  static Result<UnitMap> build(const FileReader& files, const SearchPath& path);

  struct Found {
    std::string fragment;         // empty: no file for this name
    std::set<std::string> names;  // every name of the unit; a template's stands for the instance
  };
  // Fragment and names of a unit (unit_file_find_fragment). Nothing where systemd gives up, which
  // leaves the unit not found.
  std::optional<Found> find(const std::string& name) const;

  // True if the directory held an entry of this name, as the manager's cache has it.
  bool has_entry(const std::string& path) const { return entries_.count(path) > 0; }

 private:
  explicit UnitMap(const FileReader& files) : files_(&files) {}

  enum class Lookup { found, unknown, dangling, loop };
  struct Target {
    Lookup result = Lookup::unknown;
    std::string fragment = {};
  };
  Target resolve(const std::string& name) const;
  Result<bool> add_directory(const std::string& directory, const SearchPath& path);
  Result<bool> add_unit(const std::string& directory, const DirectoryEntry& entry,
                        const SearchPath& path);
  // Every name whose fragment is one of this name; none where that is a mask.
  std::vector<std::string> names_leading_to(const std::string& name) const;
  bool add_names(const std::string& name, const std::string& instance,
                 const std::string& fragment_name, std::set<std::string>& names) const;

  const FileReader* files_;
  std::map<std::string, std::string> targets_;  // name -> absolute path, or another name
  std::set<std::string> entries_;
};

// True for a fragment that masks the unit: a device such as /dev/null, or an empty file.
// Errc::not_found for a dangling link (src/basic/stat-util.c, null_or_empty).
Result<bool> is_null_or_empty(const FileReader& files, const std::string& path);

}  // namespace ollama_gpu
