// SPDX-License-Identifier: MIT
#include "app/change/generation_write.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/history.hpp"
#include "ollama_gpu/core/text/diff.hpp"
#include "ollama_gpu/core/text/secrets.hpp"

namespace ollama_gpu::app {

namespace {

ports::Generation describe(const Context& context, const Observation& seen) {
  ports::Generation generation;
  generation.time = context.clock.unix_seconds();
  generation.command = context.options.command_line;
  generation.unit = seen.unit_id;
  return generation;
}

// What somebody did with our drop-in gets a generation of its own before it is built upon.
void adopt(Context& context, const Observation& seen, std::string what) {
  ports::Generation generation = describe(context, seen);
  generation.result = ports::GenerationResult::adopted;
  generation.command = std::move(what);
  generation.files.push_back({seen.drop_in_path, std::nullopt, seen.former});
  auto stored = context.store.store(generation);
  if (!stored) context.messages.warning(stored.error().message);
}

Result<WrittenGeneration> store_pending(Context& context, const Observation& seen,
                                        const ChangePlan& plan, bool makes_directory) {
  ports::Generation generation = describe(context, seen);
  generation.result = ports::GenerationResult::pending;
  generation.made_directory = makes_directory;
  generation.files = plan.files;
  auto stored = context.store.store(generation);
  if (stored) return WrittenGeneration{*stored, seen.unit_id, makes_directory};
  Error error = stored.error();
  error.message = "this change cannot be undone later: " + error.message;
  const bool only_ours = plan.write && plan.files.size() == 1;
  if (!only_ours) return Failure(error);  // nobody else's file is touched without a way back
  context.messages.warning(error.message);
  return WrittenGeneration{0, seen.unit_id, makes_directory};
}

void drop_directory(Context& context, const Observation& seen) {
  auto removed = context.files.remove_empty_directory(seen.drop_in_directory);
  if (!removed) context.messages.warning(removed.error().message);
}

// One of the files could not be exchanged: those before it go back, and the change did not happen.
// What cannot go back stays pending, so that the next change puts it back.
Error undo_write(Context& context, const Observation& seen, const WrittenGeneration& written,
                 std::span<const ports::ReplacedFile> done, Error error) {
  const auto left = restore_files(context, done);
  if (written.made_directory) drop_directory(context, seen);
  remove_empty_directories(context, done, &ports::ReplacedFile::former);
  if (left.empty()) {
    set_result(context, written, ports::GenerationResult::rolled_back);
    return error;
  }
  error.code = Errc::unhealthy;
  error.message += fmt::format("; {}", fmt::join(left, "; "));
  error.hint = "the next change puts it back before anything else; try: sudo ollama-gpu configure";
  return error;
}

}  // namespace

void accept_removal(Context& context, const Observation& seen) {
  if (change_taken_away(seen)) adopt(context, seen, "(taken away by hand)");
}

std::vector<std::string> restore_files(Context& context,
                                       std::span<const ports::ReplacedFile> files) {
  std::vector<std::string> left;
  for (auto file = files.rbegin(); file != files.rend(); ++file) {
    auto swapped = context.files.exchange(file->path, file->written, file->former);
    if (swapped) continue;
    left.push_back(
        fmt::format("{} could not be put back: {}", file->path, swapped.error().message));
  }
  return left;
}

Result<WrittenGeneration> write_files(Context& context, const Observation& seen,
                                      const ChangePlan& plan) {
  const auto directory = context.files.status(seen.drop_in_directory);
  const bool missing = plan.ours && !directory && directory.error().code == Errc::not_found;
  if (plan.write && seen.former && seen.edited_by_hand) adopt(context, seen, "(edited by hand)");
  auto written = store_pending(context, seen, plan, missing);
  if (!written) return written;
  const std::span<const ports::ReplacedFile> files = plan.files;
  for (std::size_t i = 0; i < files.size(); ++i) {
    auto swapped = context.files.exchange(files[i].path, files[i].former, files[i].written);
    if (swapped) continue;
    return Failure(undo_write(context, seen, *written, files.first(i), swapped.error()));
  }
  const bool removed = plan.write && !plan.ours;
  if (removed && made_directory(seen)) drop_directory(context, seen);
  remove_empty_directories(context, files, &ports::ReplacedFile::written);
  return written;
}

void remove_empty_directories(Context& context, std::span<const ports::ReplacedFile> files,
                              std::optional<ports::FileContent> ports::ReplacedFile::*now) {
  for (const ports::ReplacedFile& file : files) {
    if (file.*now) continue;
    const std::string directory = file.path.substr(0, file.path.rfind('/'));
    const bool of_instance =
        directory.ends_with(".service.d") && directory.find('@') != directory.npos;
    if (!of_instance && directory != "/etc/ollama-gpu") continue;
    if (!of_instance) {
      std::string own = file.path.substr(0, file.path.rfind('.')) + ".d";
      context.files.remove_empty_directory(own).has_value();
    }
    auto removed = context.files.remove_empty_directory(directory);
    if (!removed) context.messages.detail(removed.error().message);
  }
}

std::string diff_of(const ports::ReplacedFile& file) {
  const std::string none = "/dev/null";
  const auto text = [](const auto& content) { return content ? content->bytes : std::string(); };
  return mask_assignments(unified_diff(file.former ? file.path : none,
                                       file.written ? file.path : none, text(file.former),
                                       text(file.written)));
}

void set_result(Context& context, const WrittenGeneration& generation,
                ports::GenerationResult result) {
  if (generation.id == 0) return;
  auto kept = context.store.set_result(generation.unit, generation.id, result);
  if (!kept) context.messages.warning(kept.error().message);
}

}  // namespace ollama_gpu::app
