// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ollama_gpu {

// Levenshtein distance with transpositions, in bytes.
std::size_t edit_distance(std::string_view left, std::string_view right);

// The candidate nearest to `word`, when it is near enough to be meant (at most a third of the
// letters differ, and never more than 3).
std::optional<std::string> closest_match(std::string_view word,
                                         const std::vector<std::string>& candidates);

}  // namespace ollama_gpu
