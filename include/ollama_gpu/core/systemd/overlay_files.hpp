// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "ollama_gpu/core/systemd/file_reader.hpp"

namespace ollama_gpu {

// A file tree in which one file has other bytes, or is not there: the world as it would be after a
// change. Everything else is read through.
class OverlayFiles : public FileReader {
 public:
  // `bytes` nothing: the file at `path` is hidden.
  OverlayFiles(const FileReader& base, std::string path, std::optional<std::string> bytes);

  Result<std::vector<DirectoryEntry>> list(const std::string& directory) const override;
  Result<std::string> read(const std::string& path) const override;
  Result<std::string> read_link(const std::string& path) const override;
  Result<FileStatus> status(const std::string& path) const override;
  Result<std::string> resolve(const std::string& path) const override;

 private:
  bool is_made(const std::string& path) const;

  const FileReader& base_;
  std::string path_;
  std::string directory_;
  std::string name_;
  std::optional<std::string> bytes_;
};

// A file tree in which a path is a symbolic link to a directory.
class OverlayLink : public FileReader {
 public:
  // `target` is absolute.
  OverlayLink(const FileReader& base, std::string path, std::string target);

  Result<std::vector<DirectoryEntry>> list(const std::string& directory) const override;
  Result<std::string> read(const std::string& path) const override;
  Result<std::string> read_link(const std::string& path) const override;
  Result<FileStatus> status(const std::string& path) const override;
  Result<std::string> resolve(const std::string& path) const override;

 private:
  std::string behind(const std::string& path) const;

  const FileReader& base_;
  std::string path_;
  std::string target_;
};

}  // namespace ollama_gpu
