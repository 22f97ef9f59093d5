// SPDX-License-Identifier: MIT
#include "app/history.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ollama_gpu::app {

bool edited_since_last_change(const Observation& seen) {
  if (!seen.former) return false;
  for (auto last = seen.generations.rbegin(); last != seen.generations.rend(); ++last) {
    for (const ports::ReplacedFile& file : last->files) {
      if (file.path != seen.drop_in_path) continue;
      const bool as_written = file.written && file.written->bytes == seen.former->bytes;
      const bool as_before = file.former && file.former->bytes == seen.former->bytes;
      if (last->result == ports::GenerationResult::rolled_back) return !as_before;
      if (last->result == ports::GenerationResult::failed) return !as_before && !as_written;
      return !as_written;
    }
  }
  return seen.current.edited_by_hand;
}

std::optional<std::uint64_t> change_taken_away(const Observation& seen) {
  using Result = ports::GenerationResult;
  if (seen.former) return std::nullopt;
  for (auto last = seen.generations.rbegin(); last != seen.generations.rend(); ++last) {
    const auto file = std::ranges::find(last->files, seen.drop_in_path, &ports::ReplacedFile::path);
    if (file == last->files.end()) continue;
    const bool put_back = last->result == Result::rolled_back;
    const bool was_there = put_back ? file->former.has_value() : file->written.has_value();
    const bool known = put_back || last->result == Result::done || last->result == Result::adopted;
    if (!known || !was_there) return std::nullopt;
    return last->id;
  }
  return std::nullopt;
}

std::uint64_t loaded_usec(const Observation& seen) {
  const auto last =
      std::find_if(seen.generations.rbegin(), seen.generations.rend(), [&](const auto& generation) {
        return std::ranges::find(generation.files, seen.drop_in_path, &ports::ReplacedFile::path) !=
               generation.files.end();
      });
  if (last == seen.generations.rend() || last->result != ports::GenerationResult::done ||
      edited_since_last_change(seen)) {
    return seen.reloaded_usec;
  }
  const auto file = std::ranges::find(last->files, seen.drop_in_path, &ports::ReplacedFile::path);
  if (file->written.has_value() != seen.former.has_value()) return seen.reloaded_usec;
  const auto then = static_cast<std::uint64_t>(last->time) * 1'000'000;
  return std::min(then, seen.reloaded_usec);
}

std::vector<DropIn> known_drop_ins(const Observation& seen) {
  std::vector<DropIn> found{seen.current.drop_in};
  for (const ports::Generation& generation : seen.generations) {
    for (const ports::ReplacedFile& file : generation.files) {
      if (file.path != seen.drop_in_path || !file.written) continue;
      found.push_back(read_ours(seen, file.written->bytes).drop_in);
    }
  }
  return found;
}

std::optional<std::string> interrupted_change(const Observation& seen) {
  const auto pending = std::ranges::find_if(seen.generations, [](const auto& generation) {
    return generation.result == ports::GenerationResult::pending;
  });
  if (pending == seen.generations.end()) return std::nullopt;
  return fmt::format(
      "generation {} was interrupted half way, or is under way: {}. The next change puts back what "
      "it wrote before anything else",
      pending->id, pending->command);
}

bool made_directory(const Observation& seen) {
  return std::ranges::any_of(seen.generations,
                             [](const auto& generation) { return generation.made_directory; });
}

}  // namespace ollama_gpu::app
