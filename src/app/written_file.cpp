// SPDX-License-Identifier: MIT
#include "written_file.hpp"

#include "ollama_gpu/app/history.hpp"

namespace ollama_gpu::app {

namespace {

ports::Generation describe(const Context& context, const Observation& seen) {
  ports::Generation generation;
  generation.time = context.clock.unix_seconds();
  generation.command = context.options.command_line;
  generation.unit = seen.unit_id;
  return generation;
}

// A hand edit is somebody's work: it gets a generation of its own before it is merged.
void keep_hand_edit(Context& context, const Observation& seen) {
  if (!seen.former || !seen.edited_by_hand) return;
  ports::Generation generation = describe(context, seen);
  generation.result = "adopted";
  generation.command = "(edited by hand)";
  generation.files.push_back({seen.drop_in_path, std::nullopt, seen.former});
  auto stored = context.store.store(generation);
  if (!stored) context.messages.warning(stored.error().message);
}

}  // namespace

Result<WrittenGeneration> write_drop_in(Context& context, const Observation& seen,
                                        const ChangePlan& plan) {
  const auto directory = context.files.status(seen.drop_in_directory);
  const bool missing = !directory && directory.error().code == Errc::not_found;
  keep_hand_edit(context, seen);
  ports::Generation generation = describe(context, seen);
  generation.result = "pending";
  generation.made_directory = missing;
  generation.files.push_back({seen.drop_in_path, seen.former, plan.wanted});
  WrittenGeneration written{0, seen.unit_id, missing};
  if (auto stored = context.store.store(generation)) {
    written.id = *stored;
  } else {
    context.messages.warning("this change cannot be undone later: " + stored.error().message);
  }
  const bool remove_directory = !plan.wanted && made_directory(seen);
  auto swapped = context.files.exchange(seen.drop_in_path, seen.former, plan.wanted);
  if (!swapped) {
    set_result(context, written, "failed");
    return Failure(swapped.error());
  }
  if (remove_directory) {
    auto removed = context.files.remove_empty_directory(seen.drop_in_directory);
    if (!removed) context.messages.warning(removed.error().message);
  }
  return written;
}

void set_result(Context& context, const WrittenGeneration& generation, const std::string& result) {
  if (generation.id == 0) return;
  auto kept = context.store.set_result(generation.unit, generation.id, result);
  if (!kept) context.messages.warning(kept.error().message);
}

}  // namespace ollama_gpu::app
