// SPDX-License-Identifier: MIT
#include "cli/arguments.hpp"

#include "ollama_gpu/core/text/secrets.hpp"
#include "ollama_gpu/core/text/shell_word.hpp"
#include "ollama_gpu/presentation/printable.hpp"

namespace ollama_gpu::cli {
namespace {

std::string masked_pair(const std::string& pair) {
  const std::size_t equals = pair.find('=');
  if (equals == std::string::npos) return pair;
  const std::string name = pair.substr(0, equals);
  return name + '=' + masked_value(name, std::string_view(pair).substr(equals + 1));
}

// As a shell would take it, but for our own ***; control characters and bytes that are not UTF-8
// are spelled out.
std::string as_shell_word(const std::string& word) {
  std::string text = printable(word);
  std::string plain = text;
  for (std::size_t at = 0; (at = plain.find("***", at)) != std::string::npos;) plain.erase(at, 3);
  return plain != text && shell_word(plain + '=') == plain + '=' ? text : shell_word(text);
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
