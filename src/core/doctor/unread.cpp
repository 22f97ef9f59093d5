// SPDX-License-Identifier: MIT
// OG114, OG115: files that look like drop-ins of the unit, but that systemd never reads.
#include <fmt/format.h>

#include <algorithm>

#include "core/doctor/facts.hpp"
#include "core/doctor/parts.hpp"
#include "core/text/ascii.hpp"

namespace ollama_gpu {

namespace {

constexpr std::string_view kSuffix = ".conf";

// Notes and certificates may lie there; only what was meant for systemd is told.
bool looks_like_a_drop_in(const FileReader& files, const std::string& path) {
  const auto bytes = files.read(path);
  return bytes && (bytes->find("[Service]") != std::string::npos ||
                   bytes->find("Environment=") != std::string::npos);
}

void add_wrong_names(const FileReader& files, const std::string& directory,
                     std::vector<UnreadFile>& unread) {
  const auto entries = files.list(directory);
  if (!entries) return;
  for (const DirectoryEntry& entry : *entries) {
    const bool file = entry.type == FileType::regular || entry.type == FileType::symlink;
    if (!file || entry.name.ends_with(kSuffix) || is_hidden_or_backup(entry.name)) continue;
    const std::string path = directory + "/" + entry.name;
    if (!looks_like_a_drop_in(files, path)) continue;
    std::string stem = entry.name.substr(0, entry.name.find('.'));
    unread.push_back({path, fmt::format("its name does not end in {}", kSuffix),
                      fmt::format("sudo mv {} {}/{}{}", path, directory, stem, kSuffix)});
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
                           const std::string& id, std::vector<UnreadFile>& unread) {
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
      unread.push_back({path, fmt::format("systemd does not look into {}", directory),
                        fmt::format("sudo mv {} /etc/systemd/system/{}.d/", path, id)});
    }
  }
}

}  // namespace

std::vector<UnreadFile> find_unread_files(const FileReader& files, const SearchPath& search_path,
                                          const UnitOnDisk& unit) {
  std::vector<UnreadFile> unread;
  for (const std::string& directory : search_path) {
    for (const std::string& name : unit.names) {
      add_wrong_names(files, fmt::format("{}/{}.d", directory, name), unread);
    }
  }
  if (!unit.id.empty()) {
    add_wrong_directories(files, "/etc/systemd/system", true, unit.id, unread);
    add_wrong_directories(files, "/etc/systemd", false, unit.id, unread);
  }
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
