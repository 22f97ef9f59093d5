// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

namespace ollama_gpu::ports {

// How a change ended; pending until it has.
enum class GenerationResult {
  pending,
  done,
  rolled_back,
  failed,
  adopted,  // no change of ours: a hand edit that was found
  damaged,  // what is kept of it cannot be read
  unknown,  // a word that this version does not know
};

// The words on disk and in JSON.
inline constexpr std::array<std::pair<GenerationResult, std::string_view>, 7> kResultWords{{
    {GenerationResult::pending, "pending"},
    {GenerationResult::done, "done"},
    {GenerationResult::rolled_back, "rolled back"},
    {GenerationResult::failed, "failed"},
    {GenerationResult::adopted, "adopted"},
    {GenerationResult::damaged, "damaged"},
    {GenerationResult::unknown, "unknown"},
}};

constexpr std::string_view name_of(GenerationResult result) {
  return kResultWords[static_cast<std::size_t>(result)].second;
}

constexpr GenerationResult result_named(std::string_view word) {
  for (const auto& [result, name] : kResultWords) {
    if (name == word) return result;
  }
  return GenerationResult::unknown;
}

static_assert(std::ranges::all_of(kResultWords, [](const auto& row) {
  return name_of(row.first) == row.second;
}));

}  // namespace ollama_gpu::ports
