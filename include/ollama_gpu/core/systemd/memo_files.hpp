// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>

#include "ollama_gpu/core/systemd/file_reader.hpp"

namespace ollama_gpu {

// A file tree as it was when first looked at: every question is asked once. So several snapshots of
// one observation see the same files, and the unit directories are scanned only once.
class MemoFiles : public FileReader {
 public:
  explicit MemoFiles(const FileReader& base) : base_(base) {}

  Result<std::vector<DirectoryEntry>> list(const std::string& directory) const override;
  Result<std::string> read(const std::string& path) const override;
  Result<std::string> read_link(const std::string& path) const override;
  Result<FileStatus> status(const std::string& path) const override;
  Result<std::string> resolve(const std::string& path) const override;

  // The first question that could not be answered (Errc::failed): what is computed over these files
  // may then be wrong.
  const std::optional<Error>& trouble() const { return trouble_; }

 private:
  template <class T>
  using Answers = std::map<std::string, Result<T>>;

  const FileReader& base_;
  mutable Answers<std::vector<DirectoryEntry>> lists_ = {};
  mutable Answers<std::string> texts_ = {};
  mutable Answers<std::string> links_ = {};
  mutable Answers<FileStatus> statuses_ = {};
  mutable Answers<std::string> resolved_ = {};
  mutable std::optional<Error> trouble_ = {};
};

}  // namespace ollama_gpu
