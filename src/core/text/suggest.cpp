// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/text/suggest.hpp"

#include <algorithm>

#include "core/text/ascii.hpp"

namespace ollama_gpu {

namespace {

constexpr std::size_t kMostDifferences = 3;
// Longer words are no mistyped names; comparing them would only cost time.
constexpr std::size_t kLongestWord = 256;

}  // namespace

std::size_t edit_distance(std::string_view left, std::string_view right) {
  // Optimal string alignment: three rows of the usual table.
  std::vector<std::size_t> before(right.size() + 1);
  std::vector<std::size_t> previous(right.size() + 1);
  std::vector<std::size_t> current(right.size() + 1);
  for (std::size_t j = 0; j <= right.size(); ++j) current[j] = j;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    std::swap(before, previous);
    std::swap(previous, current);
    current[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const std::size_t cost = left[i - 1] == right[j - 1] ? 0 : 1;
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + cost});
      if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]) {
        current[j] = std::min(current[j], before[j - 2] + 1);
      }
    }
  }
  return current[right.size()];
}

std::optional<std::string> closest_match(std::string_view word,
                                         const std::vector<std::string>& candidates) {
  if (word.empty() || word.size() > kLongestWord) return std::nullopt;
  const std::string lower = ascii_lower(word);
  std::optional<std::string> best;
  std::size_t best_distance = kMostDifferences + 1;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > word.size() + kMostDifferences) continue;
    const std::size_t distance = edit_distance(lower, ascii_lower(candidate));
    const std::size_t allowed = std::max(word.size(), candidate.size()) / 3;
    if (distance > allowed || distance >= best_distance) continue;
    best = candidate;
    best_distance = distance;
  }
  return best;
}

}  // namespace ollama_gpu
