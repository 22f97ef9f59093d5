// SPDX-License-Identifier: MIT
// OG114, OG115: files that look like drop-ins of the unit, but that systemd never reads.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/doctor/facts.hpp"
#include "core/doctor/parts.hpp"
#include "core/text/ascii.hpp"
#include "ollama_gpu/core/text/shell_word.hpp"

namespace ollama_gpu {

namespace {

constexpr std::string_view kSuffix = ".conf";

// Notes and certificates may lie there; only what was meant for systemd is told.
bool looks_like_a_drop_in(const FileReader& files, const std::string& path) {
  const auto bytes = files.read(path);
  return bytes && (bytes->find("[Service]") != std::string::npos ||
                   bytes->find("Environment=") != std::string::npos);
}

// Finds for files that move a name that no file has yet, here or where it would hide that file.
class FreeNames {
 public:
  FreeNames(const FileReader& files, const SearchPath& search_path)
      : files_(files), search_path_(search_path) {}

  // How to have systemd read the file: as stem.conf of `drop_ins` (NAME.service.d) in `parent`.
  std::string remedy(const std::string& path, const std::string& parent,
                     const std::string& drop_ins, const std::string& stem) {
    std::string name = stem + std::string(kSuffix);
    const bool there = !is_free(parent, drop_ins, name);
    for (unsigned i = 2; !is_free(parent, drop_ins, name); ++i) {
      name = fmt::format("{}-{}{}", stem, i, kSuffix);
    }
    const std::string directory = parent + "/" + drop_ins;
    const std::string target = directory + "/" + name;
    taken_.insert(target);
    const std::string make =
        exists(directory) ? "" : fmt::format("sudo mkdir -p {} && ", shell_word(directory));
    std::string move =
        fmt::format("{}sudo mv -n {} {}", make, shell_word(path), shell_word(target));
    if (!there) return move;
    return fmt::format("{}{} is there already: compare the two, then: {}", stem, kSuffix, move);
  }

 private:
  bool exists(const std::string& path) const {
    const auto found = files_.resolve(path);
    return found || found.error().code != Errc::not_found;
  }

  bool is_free(const std::string& parent, const std::string& drop_ins,
               const std::string& name) const {
    if (taken_.contains(fmt::format("{}/{}/{}", parent, drop_ins, name))) return false;
    return std::ranges::none_of(search_path_, [&](const std::string& directory) {
      return exists(fmt::format("{}/{}/{}", directory, drop_ins, name));
    });
  }

  const FileReader& files_;
  const SearchPath& search_path_;
  std::set<std::string> taken_ = {};
};

void add_wrong_names(const FileReader& files, const std::string& parent,
                     const std::string& drop_ins, FreeNames& names,
                     std::vector<UnreadFile>& unread) {
  const std::string directory = parent + "/" + drop_ins;
  const auto entries = files.list(directory);
  if (!entries) return;
  for (const DirectoryEntry& entry : *entries) {
    const bool file = entry.type == FileType::regular || entry.type == FileType::symlink;
    if (!file || entry.name.ends_with(kSuffix) || is_hidden_or_backup(entry.name)) continue;
    const std::string path = directory + "/" + entry.name;
    if (!looks_like_a_drop_in(files, path)) continue;
    const std::string stem = entry.name.substr(0, entry.name.find('.'));
    unread.push_back({path, fmt::format("its name does not end in {}", kSuffix),
                      names.remedy(path, parent, drop_ins, stem)});
  }
}

bool is_wrong_name_for(std::string_view name, const std::string& id, bool right_place) {
  const std::string stem = id.substr(0, id.rfind('.'));
  const std::string lower = ascii_lower(name);
  if (lower == ascii_lower(id) + ".d") return !right_place || name != id + ".d";
  for (const std::string_view end :
       {".d", ".conf.d", ".services.d", ".service.conf.d", ".service"}) {
    if (lower == ascii_lower(stem) + std::string(end)) return true;
  }
  return false;
}

void add_wrong_directories(const FileReader& files, const std::string& parent, bool right_place,
                           const std::string& id, FreeNames& names,
                           std::vector<UnreadFile>& unread) {
  const auto entries = files.list(parent);
  if (!entries) return;
  for (const DirectoryEntry& entry : *entries) {
    if (entry.type != FileType::directory || !is_wrong_name_for(entry.name, id, right_place))
      continue;
    const std::string directory = parent + "/" + entry.name;
    const auto inside = files.list(directory);
    if (!inside) continue;
    for (const DirectoryEntry& file : *inside) {
      const std::string path = directory + "/" + file.name;
      if (!file.name.ends_with(kSuffix) || !looks_like_a_drop_in(files, path)) continue;
      const std::string stem = file.name.substr(0, file.name.size() - kSuffix.size());
      unread.push_back({path, fmt::format("systemd does not look into {}", directory),
                        names.remedy(path, "/etc/systemd/system", id + ".d", stem)});
    }
  }
}

// A relative link within the search path is not in the manager's cache (drop_in_lookup.cpp).
void add_linked_directories(const FileReader& files, const SearchPath& search_path,
                            const UnitOnDisk& unit, std::vector<UnreadFile>& unread) {
  for (const std::string& parent : search_path) {
    for (const std::string& name : unit.names) {
      const std::string directory = fmt::format("{}/{}.d", parent, name);
      const auto status = files.status(directory);
      if (!status || status->type != FileType::symlink) continue;
      const auto link = files.read_link(directory);
      const auto real = link ? files.resolve(directory) : Failure(link.error());
      const auto inside = real ? files.list(*real) : Failure(real.error());
      if (!inside || link->starts_with('/')) continue;
      for (const DirectoryEntry& file : *inside) {
        const std::string path = *real + "/" + file.name;
        const bool read = std::ranges::find(unit.drop_ins, path) != unit.drop_ins.end();
        if (read || !file.name.ends_with(kSuffix) || !looks_like_a_drop_in(files, path)) continue;
        unread.push_back(
            {path,
             fmt::format("{} is a relative link, and systemd looks for that below /", directory),
             fmt::format("sudo ln -sfnT {} {}", shell_word(*real), shell_word(directory))});
      }
    }
  }
}

}  // namespace

std::vector<UnreadFile> find_unread_files(const FileReader& files, const SearchPath& search_path,
                                          const UnitOnDisk& unit) {
  std::vector<UnreadFile> unread;
  FreeNames names(files, search_path);
  for (const std::string& directory : search_path) {
    for (const std::string& name : unit.names) {
      add_wrong_names(files, directory, name + ".d", names, unread);
    }
  }
  if (!unit.id.empty()) {
    add_wrong_directories(files, "/etc/systemd/system", true, unit.id, names, unread);
    add_wrong_directories(files, "/etc/systemd", false, unit.id, names, unread);
  }
  add_linked_directories(files, search_path, unit, unread);
  const auto by_path = [](const UnreadFile& a, const UnreadFile& b) { return a.path < b.path; };
  std::ranges::sort(unread, by_path);
  return unread;
}

void examine_unread(const Examination& exam) {
  for (const UnreadFile& file : exam.facts.unread_files) {
    const bool name = !file.path.ends_with(kSuffix);
    exam.add(name ? FindingCode("OG114") : FindingCode("OG115"),
             fmt::format("systemd does not read {}: {}", file.path, file.reason), file.remedy,
             {file.path, 0, 0, ""});
  }
}

}  // namespace ollama_gpu
