// SPDX-License-Identifier: MIT
#include "ollama_gpu/cli/arguments.hpp"
#include "ollama_gpu/core/text/secrets.hpp"
#include "ollama_gpu/presentation/printable.hpp"

namespace ollama_gpu::cli {
namespace {

std::string masked_pair(const std::string& pair) {
  const std::size_t equals = pair.find('=');
  if (equals == std::string::npos) return pair;
  const std::string name = pair.substr(0, equals);
  return name + '=' + masked_value(name, std::string_view(pair).substr(equals + 1));
}

// As a shell would take it; control characters and bytes that are not UTF-8 are spelled out.
std::string as_shell_word(const std::string& word) {
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
    out += ' ' + as_shell_word(shown);
  }
  return out;
}

}  // namespace ollama_gpu::cli
