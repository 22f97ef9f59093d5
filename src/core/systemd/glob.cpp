// SPDX-License-Identifier: MIT
#include "core/systemd/glob.hpp"

#include <algorithm>
#include <optional>

namespace ollama_gpu {

namespace {

struct ClassMatch {
  bool matches = false;
  std::size_t length = 0;  // of the whole [...]
};

// `pattern` starts at '['. Nothing when the class is not closed: then '[' stands for itself.
std::optional<ClassMatch> match_class(std::string_view pattern, char letter) {
  std::size_t i = 1;
  const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  bool found = false;
  for (bool first = true; i < pattern.size() && (first || pattern[i] != ']'); first = false) {
    const char low = pattern[i];
    char high = low;
    if (i + 2 < pattern.size() && pattern[i + 1] == '-' && pattern[i + 2] != ']') {
      high = pattern[i + 2];
      i += 2;
    }
    found = found || (low <= letter && letter <= high);
    ++i;
  }
  if (i >= pattern.size()) return std::nullopt;
  return ClassMatch{found != negated, i + 1};
}

// How many pattern bytes the letter uses up; nothing when it does not match.
std::optional<std::size_t> match_one(std::string_view pattern, char letter) {
  if (pattern.front() == '?') return 1;
  if (pattern.front() == '[') {
    if (const auto match = match_class(pattern, letter)) {
      return match->matches ? std::optional(match->length) : std::nullopt;
    }
  }
  if (pattern.front() == '\\' && pattern.size() > 1) {
    return pattern[1] == letter ? std::optional<std::size_t>(2) : std::nullopt;
  }
  return pattern.front() == letter ? std::optional<std::size_t>(1) : std::nullopt;
}

}  // namespace

bool matches_pattern(std::string_view pattern, std::string_view name) {
  if (name.starts_with('.') && !pattern.starts_with('.')) return false;
  std::size_t p = 0, n = 0;
  std::size_t star = std::string_view::npos, after_star = 0;
  while (n < name.size()) {
    std::optional<std::size_t> used;
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      after_star = n;
      continue;
    }
    if (p < pattern.size()) used = match_one(pattern.substr(p), name[n]);
    if (used) {
      p += *used;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++after_star;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

std::vector<std::string> expand_glob(const FileReader& files, const std::string& pattern) {
  std::vector<std::string> found{""};
  std::size_t start = 1;
  while (start <= pattern.size()) {
    const std::size_t end = std::min(pattern.find('/', start), pattern.size());
    const std::string part = pattern.substr(start, end - start);
    std::vector<std::string> next;
    for (const std::string& directory : found) {
      auto entries = files.list(directory.empty() ? "/" : directory);
      if (!entries) continue;
      for (const DirectoryEntry& entry : *entries) {
        if (matches_pattern(part, entry.name)) next.push_back(directory + "/" + entry.name);
      }
    }
    found = std::move(next);
    start = end + 1;
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace ollama_gpu
