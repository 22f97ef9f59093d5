// SPDX-License-Identifier: MIT
#include "unknown_word.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "ollama_gpu/core/text/suggest.hpp"

namespace ollama_gpu::cli {
namespace {

std::string command_names() {
  std::string out;
  for (const CommandSpec& spec : all_commands()) {
    if (!out.empty()) out += ", ";
    out += spec.name;
  }
  return out;
}

// What other tools, and users, call it.
struct OtherName {
  std::string_view theirs;
  std::string_view ours;
};

constexpr std::array kOtherCommands{
    OtherName{"undo", "rollback"},    OtherName{"restore", "rollback"},
    OtherName{"revert", "rollback"},  OtherName{"history", "rollback --list"},
    OtherName{"uninstall", "reset"},  OtherName{"remove", "reset"},
    OtherName{"unset", "reset"},      OtherName{"set", "configure"},
    OtherName{"config", "configure"}, OtherName{"setup", "configure"},
    OtherName{"apply", "configure"},  OtherName{"check", "verify"},
    OtherName{"test", "verify"},      OtherName{"fix", "doctor --fix"},
    OtherName{"list", "gpus"},        OtherName{"info", "status"},
    OtherName{"ps", "status"},
};

constexpr std::array kOtherOptions{
    OtherName{"host", "listen"},
    OtherName{"bind", "listen"},
    OtherName{"port", "listen"},
    OtherName{"parallel", "num-parallel"},
    OtherName{"ctx", "context-length"},
    OtherName{"num-ctx", "context-length"},
    OtherName{"context", "context-length"},
    OtherName{"max-models", "max-loaded-models"},
    OtherName{"kv-cache", "kv-cache-type"},
    OtherName{"gpu", "gpus"},
    OtherName{"devices", "gpus"},
    OtherName{"model-dir", "models"},
};

// The name meant: what others call so, or the most similar of `names`.
template <std::size_t N>
std::optional<std::string> meant_by(const std::array<OtherName, N>& others, std::string_view word,
                                    const std::vector<std::string>& names) {
  for (const OtherName& other : others) {
    const std::string_view first = other.ours.substr(0, other.ours.find(' '));
    const bool here = std::find(names.begin(), names.end(), first) != names.end();
    if (here && other.theirs == word) return std::string(other.ours);
  }
  return closest_match(word, names);
}

// The commands that do take an option, for one given to another command.
std::string takers_of(const OptionSpec& option) {
  std::vector<std::string_view> names;
  for (const CommandSpec& spec : all_commands()) {
    if (find_option(option.name, spec.bit) != nullptr) names.push_back(spec.name);
  }
  const std::string_view last = names.back();
  names.pop_back();
  if (names.empty()) return std::string(last);
  return fmt::format("{} and {}", fmt::join(names, ", "), last);
}

}  // namespace

Failure unknown_command(const std::string& word) {
  std::vector<std::string> names;
  for (const CommandSpec& spec : all_commands()) names.emplace_back(spec.name);
  if (const auto meant = meant_by(kOtherCommands, word, names)) {
    return fail(Errc::usage,
                fmt::format("there is no command '{}'; did you mean {}?", word, *meant),
                "commands: " + command_names());
  }
  return fail(Errc::usage, fmt::format("there is no command '{}'", word),
              "commands: " + command_names());
}

Failure unknown_option(const std::string& word, const CommandSpec* command) {
  const std::string who = command != nullptr ? std::string(command->name) : "ollama-gpu";
  const std::string help = command != nullptr
                               ? fmt::format("see ollama-gpu {} --help", command->name)
                               : "see ollama-gpu --help";
  if (const OptionSpec* elsewhere = find_option(word)) {
    return fail(Errc::usage,
                fmt::format("{} has no option {}: it belongs to {}", who, elsewhere->name,
                            takers_of(*elsewhere)),
                help);
  }
  std::vector<std::string> names;
  const unsigned bit = command != nullptr ? unsigned{command->bit} : unsigned{kEverywhere};
  for (const OptionSpec& spec : all_options()) {
    if ((spec.commands & bit) != 0) names.emplace_back(spec.name.substr(2));
  }
  const std::size_t letters = std::min(word.find_first_not_of('-'), word.size());
  if (const auto meant = meant_by(kOtherOptions, word.substr(letters), names)) {
    return fail(Errc::usage,
                fmt::format("{} has no option {}; did you mean --{}?", who, word, *meant), help);
  }
  return fail(Errc::usage, fmt::format("{} has no option {}", who, word), help);
}

}  // namespace ollama_gpu::cli
