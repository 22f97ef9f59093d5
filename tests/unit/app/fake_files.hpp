// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "app/call_log.hpp"
#include "memory_files.hpp"
#include "ollama_gpu/ports/file_system.hpp"

namespace ollama_gpu {

// A file tree in memory that can be written to; every write is in the call log.
class FakeFileSystem : public ports::FileSystem {
 public:
  explicit FakeFileSystem(CallLog& calls) : calls_(calls) {}

  // The tree as somebody else changes it: nothing of this is logged.
  FakeFileSystem& put(const std::string& path, std::string bytes, unsigned mode = 0644);
  FakeFileSystem& remove(const std::string& path);
  FakeFileSystem& link(const std::string& path, const std::string& target);
  MemoryFiles& tree() { return tree_; }
  unsigned changes() const { return changes_; }  // so far, by whomever
  // The bytes at `path`; "(none)" where there is no file.
  std::string bytes(const std::string& path) const;

  // Scripted faults.
  std::optional<Error> not_writable = {};
  std::map<std::string, Error> unreadable = {};  // by path: I/O errors
  std::optional<Error> exchange_fails = {};
  std::function<void()> before_exchange = {};  // called once
  std::vector<std::string> cleared = {};       // where leftovers were looked for

  Result<std::vector<DirectoryEntry>> list(const std::string& directory) const override;
  Result<std::string> read(const std::string& path) const override;
  Result<std::string> read_link(const std::string& path) const override;
  Result<FileStatus> status(const std::string& path) const override;
  Result<std::string> resolve(const std::string& path) const override;
  Result<std::optional<ports::FileContent>> load(const std::string& path) const override;
  Result<std::optional<ports::FileContent>> load_link(const std::string& path) const override;
  std::uint64_t changed_usec(const std::string& path) const override {
    const auto found = changed.find(path);
    return found == changed.end() ? 0 : found->second;
  }
  std::map<std::string, std::uint64_t> changed = {};  // by path, in microseconds since the epoch
  std::function<std::uint64_t()> now = [] { return std::uint64_t{0}; };
  Result<void> exchange(const std::string& path, const std::optional<ports::FileContent>& expected,
                        const std::optional<ports::FileContent>& wanted) override;
  void remove_leftovers(const std::string& path,
                        const std::vector<ports::FileContent>& known) override;
  Result<void> remove_empty_directory(const std::string& path) override;
  Result<void> check_writable(const std::string& directory) const override;

 private:
  template <class T>
  Result<T> unless_unreadable(const std::string& path, Result<T> answer) const {
    const auto error = unreadable.find(path);
    if (error != unreadable.end()) return Failure(error->second);
    return answer;
  }

  void note_change(const std::string& path) {
    ++changes_;
    changed[path] = changed[path.substr(0, path.rfind('/'))] = now();
  }

  struct Attributes {
    unsigned mode = 0644;
    unsigned uid = 0;
    unsigned gid = 0;
  };
  CallLog& calls_;
  unsigned changes_ = 0;
  MemoryFiles tree_ = {};
  std::map<std::string, Attributes> attributes_ = {};
};

}  // namespace ollama_gpu
