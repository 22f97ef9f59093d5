// SPDX-License-Identifier: MIT
#include "memory_files.hpp"

namespace ollama_gpu {
namespace {

constexpr int kLinksMax = 40;

std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

Failure missing(const std::string& path) {
  return fail(Errc::not_found, "cannot open " + path + ": no such file or directory");
}

// The first component of a path, taken off it; "" at the end.
std::string take_component(std::string& path) {
  path.erase(0, std::min(path.find_first_not_of('/'), path.size()));
  std::string name = path.substr(0, path.find('/'));
  path.erase(0, name.size());
  return name;
}

}  // namespace

MemoryFiles::MemoryFiles() {
  nodes_[""] = {FileType::directory, {}, false};
  add("/dev/null", {FileType::other, {}, false});
}

void MemoryFiles::add(const std::string& path, Node node) {
  const std::string parent = parent_of(path);
  if (nodes_.count(parent) == 0) add(parent, {FileType::directory, {}, false});
  nodes_[path] = std::move(node);
}

MemoryFiles& MemoryFiles::file(const std::string& path, std::string bytes) {
  add(path, {FileType::regular, std::move(bytes), false});
  return *this;
}

MemoryFiles& MemoryFiles::directory(const std::string& path) {
  add(path, {FileType::directory, {}, false});
  return *this;
}

MemoryFiles& MemoryFiles::link(const std::string& path, std::string target) {
  add(path, {FileType::symlink, std::move(target), false});
  return *this;
}

MemoryFiles& MemoryFiles::forbid(const std::string& path) {
  nodes_.at(path).forbidden = true;
  return *this;
}

MemoryFiles& MemoryFiles::remove(const std::string& path) {
  nodes_.erase(path);
  return *this;
}

Result<std::string> MemoryFiles::resolve(const std::string& path) const {
  std::string done;
  std::string todo = path;
  int links = 0;
  for (std::string name = take_component(todo); !name.empty(); name = take_component(todo)) {
    if (name == ".") continue;
    if (name == "..") {
      done = done.empty() ? done : parent_of(done);
      continue;
    }
    const auto found = nodes_.find(done + "/" + name);
    if (found == nodes_.end()) return missing(path);
    if (found->second.forbidden) return fail(Errc::permission, "cannot open " + path);
    if (found->second.type != FileType::symlink) {
      done = found->first;
      continue;
    }
    if (++links > kLinksMax) return fail(Errc::failed, "cannot open " + path + ": a loop");
    const std::string& target = found->second.content;
    if (target.front() == '/') done.clear();
    todo = target + todo;
  }
  return done.empty() ? std::string("/") : done;
}

Result<const MemoryFiles::Node*> MemoryFiles::find(const std::string& path) const {
  const Result<std::string> parent = resolve(parent_of(path));
  if (!parent) return Failure(parent.error());
  const std::string prefix = *parent == "/" ? "" : *parent;
  const auto found = nodes_.find(prefix + path.substr(path.rfind('/')));
  if (found == nodes_.end()) return missing(path);
  if (found->second.forbidden) return fail(Errc::permission, "cannot open " + path);
  return &found->second;
}

MemoryFiles& MemoryFiles::owned(const std::string& path, unsigned mode, unsigned uid,
                                unsigned gid) {
  nodes_.at(path).owner = FileStatus{FileType::regular, mode, uid, gid};
  return *this;
}

Result<FileStatus> MemoryFiles::status(const std::string& path) const {
  const Result<const Node*> node = find(path);
  if (!node) return Failure(node.error());
  FileStatus status;
  status.mode = (*node)->type == FileType::directory ? 0755 : 0644;
  if ((*node)->owner) status = *(*node)->owner;
  status.type = (*node)->type;
  status.size = (*node)->content.size();
  return status;
}

Result<std::string> MemoryFiles::read_link(const std::string& path) const {
  const Result<const Node*> node = find(path);
  if (!node) return Failure(node.error());
  if ((*node)->type != FileType::symlink) return fail(Errc::failed, path + " is not a link");
  return (*node)->content;
}

Result<std::string> MemoryFiles::read(const std::string& path) const {
  const Result<std::string> real = resolve(path);
  if (!real) return Failure(real.error());
  const auto found = nodes_.find(*real);
  if (found == nodes_.end()) return missing(path);
  if (found->second.type == FileType::directory)
    return fail(Errc::failed, path + " is a directory");
  return found->second.content;
}

Result<std::vector<DirectoryEntry>> MemoryFiles::list(const std::string& directory) const {
  const Result<std::string> real = resolve(directory);
  if (!real) return Failure(real.error());
  const auto self = nodes_.find(*real == "/" ? "" : *real);
  if (self == nodes_.end()) return missing(directory);
  if (self->second.type != FileType::directory) {
    return fail(Errc::failed, directory + " is not a directory");
  }
  std::vector<DirectoryEntry> entries;
  for (const auto& [path, node] : nodes_) {
    if (!path.empty() && parent_of(path) == self->first) {
      entries.push_back({path.substr(path.rfind('/') + 1), node.type});
    }
  }
  return entries;
}

}  // namespace ollama_gpu
