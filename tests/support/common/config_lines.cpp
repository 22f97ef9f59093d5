// SPDX-License-Identifier: MIT
#include "common/config_lines.hpp"

#include <cctype>
#include <charconv>
#include <fstream>

namespace standin {

namespace {

bool is_blank(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

}  // namespace

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const auto at = text.find(separator);
    parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

Words parse_words(std::string_view line) {
  Words words;
  for (line = trim(line); !line.empty(); line = trim(line)) {
    std::string word;
    bool quoted = false;
    std::size_t used = 0;
    for (; used < line.size() && (quoted || !is_blank(line[used])); ++used) {
      if (line[used] == '"') {
        quoted = !quoted;
      } else {
        word += line[used];
      }
    }
    line.remove_prefix(used);
    const auto equals = word.find('=');
    if (equals != std::string::npos) words[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return words;
}

std::vector<std::string> read_config_lines(const std::string& path) {
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const std::string_view text = trim(line);
    if (!text.empty() && text.front() != '#') lines.emplace_back(text);
  }
  return lines;
}

unsigned long long number_of(const Words& words, std::string_view key,
                             unsigned long long fallback) {
  const auto found = words.find(key);
  if (found == words.end()) return fallback;
  unsigned long long value = 0;
  const char* end = found->second.data() + found->second.size();
  const auto result = std::from_chars(found->second.data(), end, value);
  return result.ec == std::errc{} && result.ptr == end ? value : fallback;
}

std::string text_of(const Words& words, std::string_view key, std::string_view fallback) {
  const auto found = words.find(key);
  return found == words.end() ? std::string(fallback) : found->second;
}

}  // namespace standin
