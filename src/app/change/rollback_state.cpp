// SPDX-License-Identifier: MIT
#include "app/change/rollback_state.hpp"

#include <algorithm>

namespace ollama_gpu::app {

namespace {

using Generations = std::vector<ports::Generation>;
using Content = std::optional<ports::FileContent>;

// A change that was put back, or is about to be, left what was there before it.
const Content& left_by(const ports::Generation& change, const ports::ReplacedFile& file) {
  const bool undone = change.result == ports::GenerationResult::rolled_back ||
                      change.result == ports::GenerationResult::pending;
  return undone ? file.former : file.written;
}

// A hand edit that was found changed nothing itself.
const Content& before(const ports::Generation& change, const ports::ReplacedFile& file) {
  return change.result == ports::GenerationResult::adopted ? file.written : file.former;
}

void put(std::vector<PastFile>& files, const std::string& path, const Content& content) {
  const auto known =
      std::ranges::find_if(files, [&](const PastFile& file) { return file.path == path; });
  if (known == files.end()) {
    files.push_back({path, content, {}});
  } else {
    known->content = content;
  }
}

void find_left(std::vector<PastFile>& files, const Generations& generations) {
  for (const ports::Generation& change : generations) {
    for (const ports::ReplacedFile& file : change.files) {
      for (PastFile& past : files) {
        if (past.path == file.path) past.left = left_by(change, file);
      }
    }
  }
}

}  // namespace

const ports::Generation* last_standing(const Generations& generations, const FindFile& found) {
  const auto stands = [&](const ports::Generation& change) {
    if (change.result == ports::GenerationResult::done ||
        change.result == ports::GenerationResult::damaged)
      return true;
    if (change.result != ports::GenerationResult::failed) return false;
    return std::ranges::any_of(change.files,
                               [&](const auto& file) { return found(file.path) != file.former; });
  };
  const auto last = std::find_if(generations.rbegin(), generations.rend(), stands);
  return last == generations.rend() ? nullptr : &*last;
}

std::vector<PastFile> state_before(const Generations& generations,
                                   const ports::Generation& change) {
  std::vector<PastFile> files;
  for (const ports::ReplacedFile& file : change.files) put(files, file.path, file.former);
  find_left(files, generations);
  return files;
}

std::vector<PastFile> state_after(const Generations& generations, const ports::Generation& change) {
  std::vector<PastFile> files;
  for (auto later = generations.rbegin(); later != generations.rend(); ++later) {
    if (later->id <= change.id) break;
    for (const ports::ReplacedFile& file : later->files)
      put(files, file.path, before(*later, file));
  }
  for (const ports::ReplacedFile& file : change.files) {
    put(files, file.path, left_by(change, file));
  }
  find_left(files, generations);
  return files;
}

}  // namespace ollama_gpu::app
