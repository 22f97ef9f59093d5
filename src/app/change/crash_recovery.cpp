// SPDX-License-Identifier: MIT
#include "app/change/crash_recovery.hpp"

#include <fmt/format.h>

#include "app/change/generation_write.hpp"
#include "ollama_gpu/app/observe.hpp"

namespace ollama_gpu::app {

namespace {

// Those of its files that lie there as written; nothing when one is neither that nor the former.
Result<std::optional<std::vector<ports::ReplacedFile>>> written_files(
    Context& context, const ports::Generation& generation) {
  std::vector<ports::ReplacedFile> written;
  for (const ports::ReplacedFile& file : generation.files) {
    auto found = load_now(context.files, file);
    if (!found) return Failure(found.error());
    if (*found == file.former) continue;
    if (*found == file.written) {
      written.push_back(file);
      continue;
    }
    context.messages.warning(fmt::format(
        "generation {} was interrupted, but {} has been edited since: {} as it is", generation.id,
        file.path, generation.files.size() > 1 ? "every file of it is left" : "it is left"));
    return std::nullopt;
  }
  return written;
}

// The temporary files and the empty directory that the run did not come to remove.
void clear_up(Context& context, const ports::Generation& generation) {
  for (const ports::ReplacedFile& file : generation.files) {
    std::vector<ports::FileContent> known;
    for (const auto& content : {file.former, file.written}) {
      if (content) known.push_back(*content);
    }
    context.files.remove_leftovers(file.path, known);
    if (!generation.made_directory || file.former) continue;
    auto removed = context.files.remove_empty_directory(file.path.substr(0, file.path.rfind('/')));
    if (!removed) context.messages.warning(removed.error().message);
  }
}

Result<ports::GenerationResult> undo_one(Context& context, const ports::Generation& generation) {
  auto written = written_files(context, generation);
  if (!written) return Failure(written.error());
  if (!*written) return ports::GenerationResult::failed;
  for (auto file = (*written)->rbegin(); file != (*written)->rend(); ++file) {
    auto swapped = context.files.exchange(file->path, file->written, file->former);
    if (!swapped) return Failure(swapped.error());
    remove_empty_directories(context, {&*file, 1}, &ports::ReplacedFile::former);
    context.messages.note(
        fmt::format("an interrupted run left {} half done: put back", file->path));
  }
  return ports::GenerationResult::rolled_back;
}

}  // namespace

Result<bool> undo_pending(Context& context, const std::string& unit_id) {
  std::vector<std::string> damaged;
  auto generations = context.store.list(unit_id, damaged);
  if (!generations) return false;  // a damaged store never stops a change
  for (const std::string& unread : damaged) {
    context.messages.warning(unread + "; if it was interrupted half way, that is not put back");
  }
  bool any = false;
  for (auto generation = generations->rbegin(); generation != generations->rend(); ++generation) {
    if (generation->result != ports::GenerationResult::pending) continue;
    auto result = undo_one(context, *generation);
    if (!result) return Failure(result.error());
    clear_up(context, *generation);
    auto kept = context.store.set_result(unit_id, generation->id, *result);
    if (!kept) context.messages.warning(kept.error().message);
    any = true;
  }
  return any;
}

}  // namespace ollama_gpu::app
