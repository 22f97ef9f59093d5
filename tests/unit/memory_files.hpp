// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>

#include "ollama_gpu/core/systemd/file_reader.hpp"

namespace ollama_gpu {

// A file tree in memory. Directories above an entry come into being with it.
class MemoryFiles : public FileReader {
 public:
  MemoryFiles();

  MemoryFiles& file(const std::string& path, std::string bytes);
  MemoryFiles& directory(const std::string& path);
  MemoryFiles& link(const std::string& path, std::string target);
  // Every access to the path or below it fails with Errc::permission.
  MemoryFiles& forbid(const std::string& path);
  // Permission bits and owner of an entry that is there (else 0755 for directories, 0644, root).
  MemoryFiles& owned(const std::string& path, unsigned mode, unsigned uid, unsigned gid);
  // Takes the entry out; what is below it stays.
  MemoryFiles& remove(const std::string& path);

  Result<std::vector<DirectoryEntry>> list(const std::string& directory) const override;
  Result<std::string> read(const std::string& path) const override;
  Result<std::string> read_link(const std::string& path) const override;
  Result<FileStatus> status(const std::string& path) const override;
  Result<std::string> resolve(const std::string& path) const override;

 private:
  struct Node {
    FileType type = FileType::regular;
    std::string content;  // bytes, or a link's target
    bool forbidden = false;
    std::optional<FileStatus> owner = {};
  };
  void add(const std::string& path, Node node);
  // The node at a path whose last component is not followed, all others are.
  Result<const Node*> find(const std::string& path) const;

  std::map<std::string, Node> nodes_;  // by path without links
};

}  // namespace ollama_gpu
