// SPDX-License-Identifier: MIT
#include "cli/misplaced_word.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ollama_gpu/core/gpu/selector.hpp"
#include "ollama_gpu/core/ollama/settings.hpp"
#include "ollama_gpu/core/text/lookalike.hpp"
#include "ollama_gpu/core/text/shell_word.hpp"

namespace ollama_gpu::cli {
namespace {

bool is_variable_name(std::string_view name) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
  return name.size() > 2 &&
         name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") ==
             std::string_view::npos &&
         kLetters.find(name.front()) != std::string_view::npos;
}

// As the option that writes it, or as --set.
std::string as_option(std::string_view name, std::string_view value, const std::string& word) {
  const bool selects = name == "CUDA_VISIBLE_DEVICES" && parse_selector(value);
  if (selects) return fmt::format("--gpus {}", value);
  return "--set " + shell_word(word);
}

}  // namespace

std::optional<Error> meant_by_operand(const Program& program, const Command& command,
                                      const std::string& word) {
  if (&command != &kConfigure) return std::nullopt;
  const std::size_t equals = word.find('=');
  const std::string name = word.substr(0, equals);
  std::string meant;
  if (equals != std::string::npos && program.find_option(&command, "--" + name) != nullptr) {
    meant = "--" + shell_word(word);
  } else if (equals == std::string::npos && program.find_option(&command, "--" + word) != nullptr) {
    meant = "--" + word;
  } else if (equals != std::string::npos && is_variable_name(name)) {
    meant = as_option(name, word.substr(equals + 1), word);
  } else if (parse_selector(word)) {
    meant = "--gpus " + shell_word(word);
  } else {
    return std::nullopt;
  }
  return Error{Errc::usage,
               fmt::format("{} does not take '{}'; did you mean {}?", command.name, word, meant),
               fmt::format("write ollama-gpu {} {}", command.name, meant)};
}

std::optional<std::string> with_ascii_dashes(const std::string& word) {
  const auto odd = find_lookalike(word.substr(0, word.find('=')));
  if (!odd || !odd->ascii.starts_with('-') || odd->offset > 3) return std::nullopt;
  const std::size_t name = odd->ascii.find_first_not_of('-');
  if (name == std::string::npos) return std::nullopt;
  const std::string rest = odd->ascii.substr(name);
  // A single dash before a word: what a word processor makes of two.
  return (rest.size() == 1 ? "-" : "--") + rest;
}

std::string as_list(const std::string& first, std::span<const std::string> more) {
  std::string list = first;
  for (const std::string& word : more) {
    if (!parse_selector(word)) break;
    list += ',' + word;
  }
  return list;
}

}  // namespace ollama_gpu::cli
