// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/systemd/overlay_files.hpp"

#include <algorithm>

namespace ollama_gpu {

OverlayFiles::OverlayFiles(const FileReader& base, std::string path,
                           std::optional<std::string> bytes)
    : base_(base), path_(std::move(path)), bytes_(std::move(bytes)) {
  const std::size_t slash = path_.rfind('/');
  directory_ = path_.substr(0, slash);
  name_ = path_.substr(slash + 1);
}

// The directories on the way to the file come into being with it.
bool OverlayFiles::is_made(const std::string& path) const {
  return bytes_ && (directory_ + "/").starts_with(path + "/");
}

Result<std::vector<DirectoryEntry>> OverlayFiles::list(const std::string& directory) const {
  auto entries = base_.list(directory);
  const bool own = directory == directory_;
  if (!own && !is_made(directory)) return entries;
  if (!entries) {
    if (!bytes_ || entries.error().code != Errc::not_found) return entries;
    entries = std::vector<DirectoryEntry>();
  }
  const std::string next = path_.substr(directory.size() + 1);
  const std::string name = next.substr(0, next.find('/'));
  const auto has_name = [&](const DirectoryEntry& entry) { return entry.name == name; };
  if (own) std::erase_if(*entries, has_name);
  if (!bytes_ || std::ranges::any_of(*entries, has_name)) return entries;
  entries->push_back({name, own ? FileType::regular : FileType::directory});
  return entries;
}

Result<std::string> OverlayFiles::read(const std::string& path) const {
  if (path != path_) return base_.read(path);
  if (!bytes_) return fail(Errc::not_found, "cannot read " + path + ": it would be removed");
  return *bytes_;
}

Result<std::string> OverlayFiles::read_link(const std::string& path) const {
  if (path == path_) return fail(Errc::not_found, "cannot read link " + path + ": not a link");
  return base_.read_link(path);
}

Result<FileStatus> OverlayFiles::status(const std::string& path) const {
  if (path == path_) {
    if (!bytes_) return fail(Errc::not_found, "cannot find " + path + ": it would be removed");
    return FileStatus{FileType::regular, 0644, 0, 0, bytes_->size(), 0};
  }
  auto status = base_.status(path);
  if (!status && is_made(path) && status.error().code == Errc::not_found) {
    return FileStatus{FileType::directory, 0755, 0, 0, 0, 0};
  }
  return status;
}

Result<std::string> OverlayFiles::resolve(const std::string& path) const {
  if (path == path_ && bytes_) {
    auto directory = resolve(directory_);
    if (!directory) return directory;
    return *directory + "/" + name_;
  }
  auto resolved = base_.resolve(path);
  if (!resolved && is_made(path) && resolved.error().code == Errc::not_found) return path;
  return resolved;
}

OverlayLink::OverlayLink(const FileReader& base, std::string path, std::string target)
    : base_(base), path_(std::move(path)), target_(std::move(target)) {}

// Where a path lies that goes through the link.
std::string OverlayLink::behind(const std::string& path) const {
  if (path == path_) return target_;
  return path.starts_with(path_ + "/") ? target_ + path.substr(path_.size()) : path;
}

Result<std::vector<DirectoryEntry>> OverlayLink::list(const std::string& directory) const {
  auto entries = base_.list(behind(directory));
  const std::size_t slash = path_.rfind('/');
  if (!entries || directory != path_.substr(0, slash)) return entries;
  const std::string name = path_.substr(slash + 1);
  std::erase_if(*entries, [&](const DirectoryEntry& entry) { return entry.name == name; });
  entries->push_back({name, FileType::symlink});
  return entries;
}

Result<std::string> OverlayLink::read(const std::string& path) const {
  return base_.read(behind(path));
}

Result<std::string> OverlayLink::read_link(const std::string& path) const {
  return path == path_ ? target_ : base_.read_link(behind(path));
}

Result<FileStatus> OverlayLink::status(const std::string& path) const {
  if (path == path_) return FileStatus{FileType::symlink, 0777, 0, 0, target_.size(), 0};
  return base_.status(behind(path));
}

Result<std::string> OverlayLink::resolve(const std::string& path) const {
  return base_.resolve(behind(path));
}

}  // namespace ollama_gpu
