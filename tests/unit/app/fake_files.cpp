// SPDX-License-Identifier: MIT
#include "app/fake_files.hpp"

namespace ollama_gpu {

using ports::FileContent;

FakeFileSystem& FakeFileSystem::put(const std::string& path, std::string bytes, unsigned mode) {
  note_change(path);
  tree_.file(path, std::move(bytes));
  attributes_[path] = {mode, 0, 0};
  return *this;
}

FakeFileSystem& FakeFileSystem::remove(const std::string& path) {
  note_change(path);
  tree_.remove(path);
  attributes_.erase(path);
  return *this;
}

FakeFileSystem& FakeFileSystem::link(const std::string& path, const std::string& target) {
  note_change(path);
  tree_.link(path, target);
  return *this;
}

std::string FakeFileSystem::bytes(const std::string& path) const {
  return tree_.read(path).value_or("(none)");
}

Result<std::vector<DirectoryEntry>> FakeFileSystem::list(const std::string& directory) const {
  return unless_unreadable(directory, tree_.list(directory));
}

Result<std::string> FakeFileSystem::read(const std::string& path) const {
  return unless_unreadable(path, tree_.read(path));
}

Result<std::string> FakeFileSystem::read_link(const std::string& path) const {
  return tree_.read_link(path);
}

Result<FileStatus> FakeFileSystem::status(const std::string& path) const {
  auto status = tree_.status(path);
  const auto attributes = attributes_.find(path);
  if (!status || attributes == attributes_.end()) return status;
  status->mode = attributes->second.mode;
  status->uid = attributes->second.uid;
  status->gid = attributes->second.gid;
  return status;
}

Result<std::string> FakeFileSystem::resolve(const std::string& path) const {
  return tree_.resolve(path);
}

Result<std::optional<FileContent>> FakeFileSystem::load(const std::string& path) const {
  const auto found = status(path);
  if (!found) {
    if (found.error().code == Errc::not_found) return std::nullopt;
    return Failure(found.error());
  }
  if (found->type != FileType::regular) {
    return fail(Errc::conflict, "cannot use " + path + ": it is not a regular file");
  }
  auto content = tree_.read(path);
  if (!content) return Failure(content.error());
  return FileContent{std::move(*content), found->mode, found->uid, found->gid};
}

Result<std::optional<FileContent>> FakeFileSystem::load_link(const std::string& path) const {
  const auto target = tree_.read_link(path);
  if (!target && target.error().code == Errc::not_found) return std::nullopt;
  if (!target) return Failure(target.error());
  return FileContent{*target, 0777, 0, 0, true};
}

Result<void> FakeFileSystem::exchange(const std::string& path,
                                      const std::optional<FileContent>& expected,
                                      const std::optional<FileContent>& wanted) {
  if (before_exchange) std::exchange(before_exchange, {})();
  if (exchange_fails) return Failure(*exchange_fails);
  const bool link = (expected && expected->link) || (wanted && wanted->link);
  const auto found = link ? load_link(path) : load(path);
  if (!found) return Failure(found.error());
  if (*found != expected) {
    return fail(Errc::busy, "cannot replace " + path + ": someone else changed it just now");
  }
  note_change(path);
  if (wanted && wanted->link) {
    tree_.link(path, wanted->bytes);
  } else if (wanted) {
    tree_.file(path, wanted->bytes);
    attributes_[path] = {wanted->mode, wanted->uid, wanted->gid};
  } else if (expected) {
    remove(path);
  }
  calls_.add(wanted ? "write" : "remove");
  return {};
}

void FakeFileSystem::remove_leftovers(const std::string& path,
                                      const std::vector<FileContent>& /*known*/) {
  cleared.push_back(path);
}

Result<void> FakeFileSystem::remove_empty_directory(const std::string& path) {
  const auto entries = tree_.list(path);
  if (!entries || !entries->empty()) return {};
  tree_.remove(path);
  calls_.add("rmdir");
  return {};
}

Result<void> FakeFileSystem::check_writable(const std::string& /*directory*/) const {
  if (not_writable) return Failure(*not_writable);
  return {};
}

}  // namespace ollama_gpu
