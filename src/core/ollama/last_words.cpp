// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/ollama/last_words.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "ollama_gpu/core/text/utf8.hpp"

namespace ollama_gpu {

namespace {

constexpr std::size_t kLongest = 400;  // bytes of a line

bool is_reason(std::string_view line) {
  constexpr std::array<std::string_view, 4> kStarts{
      "panic:", "fatal error:", "Error:", "runtime: out of memory"};
  return std::ranges::any_of(kStarts,
                             [&](std::string_view start) { return line.starts_with(start); });
}

bool is_noise(std::string_view line) {
  return line.starts_with("[GIN") || line.starts_with(" - using env:") ||
         line.starts_with(" - using code:") ||
         line.find("msg=\"server config\"") != std::string_view::npos;
}

// Go's runtime: "goroutine 1 [running]:" and what follows, to the end of the run.
bool begins_trace(std::string_view line) {
  return line.starts_with("goroutine ") || line.starts_with("runtime stack:") ||
         line.starts_with("[signal ");
}

std::string cut(const std::string& line) {
  if (line.size() <= kLongest) return line;
  std::size_t end = kLongest;
  while (end > 0 && !is_valid_utf8(std::string_view(line).substr(0, end))) --end;
  return line.substr(0, end == 0 ? kLongest : end) + " ...";
}

}  // namespace

std::vector<std::string> last_words(const std::vector<std::string>& lines, std::size_t most) {
  std::vector<std::string> said;
  const auto reason = std::ranges::find_if(lines.rbegin(), lines.rend(), is_reason);
  auto line = lines.begin();
  // "panic: A [recovered]" and "panic: B" stand one below the other: from the first of them on.
  if (reason != lines.rend()) {
    line = reason.base() - 1;
    while (line != lines.begin() && is_reason(*(line - 1))) --line;
  }
  for (; line != lines.end(); ++line) {
    if (reason != lines.rend() && begins_trace(*line)) break;
    if (!is_noise(*line) && !line->empty()) said.push_back(cut(*line));
  }
  if (said.size() > most && reason != lines.rend()) said.resize(most);
  if (said.size() > most) said.erase(said.begin(), said.end() - static_cast<std::ptrdiff_t>(most));
  return said;
}

std::string reason_in(const std::vector<std::string>& last_words) {
  constexpr std::string_view kError = "Error: ";
  if (last_words.empty() || !is_reason(last_words.front())) return "";
  const std::string& first = last_words.front();
  return first.starts_with(kError) ? first.substr(kError.size()) : first;
}

}  // namespace ollama_gpu
