// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu {

enum class FileType { regular, directory, symlink, other };

struct DirectoryEntry {
  std::string name;
  FileType type = FileType::regular;
};

// What lstat(2) says of a file: sizes in bytes, times in nanoseconds since the epoch.
struct FileStatus {
  FileType type = FileType::regular;
  unsigned mode = 0;  // permission bits
  unsigned uid = 0;
  unsigned gid = 0;
  std::uint64_t size = 0;
  std::int64_t mtime_ns = 0;
};

// Read-only access to a file tree; the base of ports::FileSystem, so that systemd's rules can be
// computed over a real root, an image (--root) or a map in a test. Paths are absolute, as seen
// inside that root. Errors: Errc::not_found, Errc::permission, Errc::conflict (it is something
// else: a loop, not a directory), Errc::failed (it could not be read: an I/O error, no descriptor
// left).
class FileReader {
 public:
  virtual ~FileReader() = default;
  // Entries without "." and "..", in no particular order.
  virtual Result<std::vector<DirectoryEntry>> list(const std::string& directory) const = 0;
  virtual Result<std::string> read(const std::string& path) const = 0;  // follows links
  virtual Result<std::string> read_link(const std::string& path) const = 0;
  virtual Result<FileStatus> status(const std::string& path) const = 0;  // lstat
  // The path with every link followed, still as seen inside the root.
  virtual Result<std::string> resolve(const std::string& path) const = 0;
};

}  // namespace ollama_gpu
