// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cctype>

#include "ollama_gpu/cli/arguments.hpp"

namespace ollama_gpu::cli {
namespace {

constexpr std::string_view kMask = "***";

bool is_secret_name(std::string_view name) {
  constexpr std::array<std::string_view, 6> kParts{"KEY",        "TOKEN",  "SECRET",
                                                   "CREDENTIAL", "PASSWD", "PASSWORD"};
  std::string upper(name);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char byte) { return static_cast<char>(std::toupper(byte)); });
  return std::any_of(kParts.begin(), kParts.end(),
                     [&](std::string_view part) { return upper.find(part) != upper.npos; });
}

// http://user:password@host -> http://***@host
std::string without_userinfo(const std::string& text) {
  std::string out;
  std::size_t from = 0;
  while (true) {
    const std::size_t slashes = text.find("//", from);
    if (slashes == std::string::npos) return out.append(text, from);
    const std::size_t start = slashes + 2;
    const std::size_t end = std::min(text.find_first_of("/?#, ", start), text.size());
    const std::size_t at = text.rfind('@', end);
    out.append(text, from, start - from);
    from = start;
    if (at == std::string::npos || at < start || at >= end) continue;
    out += kMask;
    from = at;
  }
}

std::string masked_pair(const std::string& pair) {
  const std::size_t equals = pair.find('=');
  if (equals == std::string::npos) return pair;
  if (is_secret_name(std::string_view(pair).substr(0, equals))) {
    return pair.substr(0, equals + 1).append(kMask);
  }
  return without_userinfo(pair);
}

// As a shell would take it; control characters and bytes that are not UTF-8 are spelled out.
std::string quoted(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=.,:/@+%*";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string out = "'";
  for (const char byte : printable(word)) {
    if (byte == '\'') {
      out += "'\\''";
    } else {
      out += byte;
    }
  }
  return out + '\'';
}

}  // namespace

std::string masked_command_line(const std::vector<std::string>& arguments) {
  constexpr std::string_view kSet = "--set=";
  std::string out = "ollama-gpu";
  bool pair_follows = false;
  for (const std::string& argument : arguments) {
    std::string shown = without_userinfo(argument);
    if (pair_follows) {
      shown = masked_pair(argument);
    } else if (argument.starts_with(kSet)) {
      shown = std::string(kSet) + masked_pair(argument.substr(kSet.size()));
    }
    pair_follows = !pair_follows && argument == "--set";
    out += ' ' + quoted(shown);
  }
  return out;
}

}  // namespace ollama_gpu::cli
