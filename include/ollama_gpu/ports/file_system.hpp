// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ollama_gpu/core/systemd/file_reader.hpp"

namespace ollama_gpu::ports {

// A file as it lay on disk: what must come back when a change is undone. Of a symbolic link the
// bytes are where it leads.
struct FileContent {
  std::string bytes;
  unsigned mode = 0644;
  unsigned uid = 0;
  unsigned gid = 0;
  bool link = false;

  friend bool operator==(const FileContent&, const FileContent&) = default;
};

// The file tree, with the few ways in which we change it. All writes are durable (fsync of file and
// directory) and atomic: at any moment the old or the new file is there. Directories and targets
// that are symbolic links, belong to somebody else or may be written to by others are refused
// (Errc::conflict).
class FileSystem : public FileReader {
 public:
  // The file at `path`, or nothing when there is none.
  virtual Result<std::optional<FileContent>> load(const std::string& path) const = 0;
  // The symbolic link at `path`, or nothing when there is none. Errc::conflict: it is no link.
  virtual Result<std::optional<FileContent>> load_link(const std::string& path) const = 0;
  // When the file or directory last changed (st_ctime), in microseconds since the epoch; 0 where
  // there is none.
  virtual std::uint64_t changed_usec(const std::string& path) const = 0;
  // Puts `wanted` (nothing: no file) where `expected` lies (nothing: no file). When something else
  // is found there, it is put back and the error is Errc::busy. Makes the parent directory (0755)
  // when missing.
  virtual Result<void> exchange(const std::string& path, const std::optional<FileContent>& expected,
                                const std::optional<FileContent>& wanted) = 0;
  // Removes the temporary files that a killed run left beside `path`, where their bytes are one of
  // `known` or its beginning.
  virtual void remove_leftovers(const std::string& path, const std::vector<FileContent>& known) = 0;
  // Removes an empty directory; one that is not empty or not there is left, without an error.
  virtual Result<void> remove_empty_directory(const std::string& path) = 0;
  // Errc::permission or Errc::conflict (read-only file system) when `directory`, or the nearest
  // parent that exists, cannot be written to.
  virtual Result<void> check_writable(const std::string& directory) const = 0;
};

}  // namespace ollama_gpu::ports
