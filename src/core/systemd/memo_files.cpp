// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/systemd/memo_files.hpp"

namespace ollama_gpu {

namespace {

template <class T, class Ask>
Result<T> once(std::map<std::string, Result<T>>& answers, std::optional<Error>& trouble,
               const std::string& path, Ask ask) {
  const auto known = answers.find(path);
  if (known != answers.end()) return known->second;
  const Result<T>& answer = answers.emplace(path, ask(path)).first->second;
  if (!answer && answer.error().code == Errc::failed && !trouble) trouble = answer.error();
  return answer;
}

}  // namespace

Result<std::vector<DirectoryEntry>> MemoFiles::list(const std::string& directory) const {
  return once(lists_, trouble_, directory,
              [&](const std::string& path) { return base_.list(path); });
}

Result<std::string> MemoFiles::read(const std::string& path) const {
  return once(texts_, trouble_, path, [&](const std::string& file) { return base_.read(file); });
}

Result<std::string> MemoFiles::read_link(const std::string& path) const {
  return once(links_, trouble_, path,
              [&](const std::string& link) { return base_.read_link(link); });
}

Result<FileStatus> MemoFiles::status(const std::string& path) const {
  return once(statuses_, trouble_, path,
              [&](const std::string& file) { return base_.status(file); });
}

Result<std::string> MemoFiles::resolve(const std::string& path) const {
  return once(resolved_, trouble_, path,
              [&](const std::string& file) { return base_.resolve(file); });
}

}  // namespace ollama_gpu
