// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ollama_gpu/ports/file_system.hpp"

namespace ollama_gpu {

class RootedTree;

// The file tree of this machine, or the one below `root` (--root DIR): then no path leaves DIR,
// whatever links it holds (openat2(2), Linux 5.6). A file is changed by a temporary one beside it
// that is exchanged with it.
class PosixFileSystem final : public ports::FileSystem {
 public:
  explicit PosixFileSystem(std::string root = {});
  explicit PosixFileSystem(std::shared_ptr<const RootedTree> tree);
  ~PosixFileSystem() override;

  Result<std::vector<DirectoryEntry>> list(const std::string& directory) const override;
  Result<std::string> read(const std::string& path) const override;
  Result<std::string> read_link(const std::string& path) const override;
  Result<FileStatus> status(const std::string& path) const override;
  Result<std::string> resolve(const std::string& path) const override;

  Result<std::optional<ports::FileContent>> load(const std::string& path) const override;
  Result<std::optional<ports::FileContent>> load_link(const std::string& path) const override;
  std::uint64_t changed_usec(const std::string& path) const override;
  Result<void> exchange(const std::string& path, const std::optional<ports::FileContent>& expected,
                        const std::optional<ports::FileContent>& wanted) override;
  void remove_leftovers(const std::string& path,
                        const std::vector<ports::FileContent>& known) override;
  Result<void> remove_empty_directory(const std::string& path) override;
  Result<void> check_writable(const std::string& directory) const override;

 private:
  std::shared_ptr<const RootedTree> tree_;
};

}  // namespace ollama_gpu
