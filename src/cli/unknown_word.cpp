// SPDX-License-Identifier: MIT
#include "cli/unknown_word.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>
#include <vector>

#include "cli/program.hpp"
#include "ollama_gpu/core/contains.hpp"
#include "ollama_gpu/core/ollama/settings.hpp"
#include "ollama_gpu/core/text/shell_word.hpp"
#include "ollama_gpu/core/text/suggest.hpp"

namespace ollama_gpu::cli {
namespace {

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  for (const Command* command : all_commands()) names.emplace_back(command->name);
  return names;
}

// What other tools, and users, call it.
struct OtherName {
  std::string_view theirs;
  std::string_view ours;
};

constexpr OtherName kOtherCommands[] = {
    {"undo", "rollback"},
    {"restore", "rollback"},
    {"revert", "rollback"},
    {"history", "rollback --list"},
    {"uninstall", "reset"},
    {"remove", "reset"},
    {"config", "configure"},
    {"setup", "configure"},
    {"apply", "configure"},
    {"check", "verify"},
    {"test", "verify"},
    {"fix", "doctor --fix"},
    {"list", "gpus"},
    {"info", "status"},
    {"ps", "status"},
    {"version", "--version"},
    {"plan", "configure --dry-run"},
    {"diff", "configure --dry-run"},
    {"explain", "help"},
    {"init", "configure"},
    {"env", "show"},
    {"health", "verify"},
};

// What another program does.
constexpr OtherName kOtherPrograms[] = {
    {"logs", "journalctl -u ollama"},        {"log", "journalctl -u ollama"},
    {"restart", "systemctl restart ollama"}, {"start", "systemctl start ollama"},
    {"stop", "systemctl stop ollama"},
};

constexpr OtherName kOtherOptions[] = {
    {"host", "listen"},
    {"bind", "listen"},
    {"port", "listen"},
    {"parallel", "num-parallel"},
    {"ctx", "context-length"},
    {"num-ctx", "context-length"},
    {"context", "context-length"},
    {"max-models", "max-loaded-models"},
    {"kv-cache", "kv-cache-type"},
    {"gpu", "gpus"},
    {"devices", "gpus"},
    {"model-dir", "models"},
    {"interactive", "confirm"},
    {"diff", "dry-run"},
    {"output", "json"},
    {"no-color", "color=never"},
};

constexpr OtherName kOtherLetters[] = {
    {"-n", "dry-run"}, {"-w", "watch"},   {"-o", "json"},
    {"-V", "version"}, {"-i", "confirm"}, {"-d", "dry-run"},
};

// What takes an option's value as its operand elsewhere; the first four take away one setting, not
// all of them.
constexpr OtherName kOperandCommands[] = {
    {"unset", "--unset"}, {"remove", "--unset"}, {"delete", "--unset"},
    {"rm", "--unset"},    {"set", "--set"},
};

// "configure --unset NAME", where the words say so.
std::optional<std::string> meant_with_operand(std::string_view word,
                                              std::span<const std::string> after) {
  const auto* const found = std::ranges::find(kOperandCommands, word, &OtherName::theirs);
  if (found == std::end(kOperandCommands)) return std::nullopt;
  const bool named = !after.empty() && !after.front().starts_with('-');
  if (!named && (word == "remove" || word == "delete" || word == "rm")) return std::nullopt;
  const std::string_view pattern = found->ours == "--set" ? "K=V" : "NAME";
  return fmt::format("configure {} {}", found->ours,
                     named ? shell_word(after.front()) : std::string(pattern));
}

// The name meant: what others call so, or the most similar of `names`.
std::optional<std::string> meant_by(std::span<const OtherName> others, std::string_view word,
                                    const std::vector<std::string>& names) {
  for (const OtherName& other : others) {
    const std::string_view first = other.ours.substr(0, other.ours.find_first_of(" ="));
    const bool here = contains(names, first) || first.starts_with("--");
    if (here && other.theirs == word) return std::string(other.ours);
  }
  return closest_match(word, names);
}

// "sched-spread", "ollama-keep-alive": by the name of the variable that it writes.
std::optional<std::string> option_of_variable(std::string_view word) {
  std::string name;
  for (const char byte : word) {
    const bool lower = byte >= 'a' && byte <= 'z';
    name += byte == '-' ? '_' : lower ? static_cast<char>(byte - 'a' + 'A') : byte;
  }
  for (const char* prefix : {"OLLAMA_", "LLAMA_ARG_", ""}) {
    const Setting* setting = find_setting(prefix + name);
    if (setting != nullptr && !setting->option.empty()) {
      return std::string(setting->option.substr(2));
    }
  }
  return std::nullopt;
}

// The commands that do take an option, for one given to another command or to none.
std::vector<std::string_view> takers_of(const Program& program, const std::string& option) {
  std::vector<std::string_view> names;
  for (const Command* command : all_commands()) {
    if (program.find_option(command, option)) names.push_back(command->name);
  }
  return names;
}

std::string listed(std::vector<std::string_view> names) {
  const std::string_view last = names.back();
  names.pop_back();
  if (names.empty()) return std::string(last);
  return fmt::format("{} and {}", fmt::join(names, ", "), last);
}

}  // namespace

Failure unknown_command(std::span<const std::string> words) {
  const std::string& word = words.front();
  const auto names = command_names();
  if (const auto* program = std::ranges::find(kOtherPrograms, word, &OtherName::theirs);
      program != std::end(kOtherPrograms)) {
    return fail(Errc::usage,
                fmt::format("there is no command '{}'; did you mean {}?", word, program->ours),
                std::string(program->ours));
  }
  auto meant = meant_with_operand(word, words.subspan(1));
  if (!meant) meant = meant_by(kOtherCommands, word, names);
  return fail(Errc::usage,
              fmt::format("there is no command '{}'{}", word,
                          meant ? fmt::format("; did you mean {}?", *meant) : ""),
              fmt::format("commands: {}", fmt::join(names, ", ")));
}

Failure unknown_option(const Program& program, const std::string& word, const Command* command) {
  const auto takers = takers_of(program, word);
  if (!takers.empty() && command == nullptr) {
    return fail(Errc::usage,
                fmt::format("no command was given; {} belongs to {}", word, takers.front()),
                fmt::format("write ollama-gpu {} {} ...", takers.front(), word));
  }
  const std::string_view who = command != nullptr ? command->name : "ollama-gpu";
  const std::string help =
      command != nullptr ? fmt::format("see ollama-gpu {} --help", who) : "see ollama-gpu --help";
  if (!takers.empty()) {
    return fail(Errc::usage,
                fmt::format("{} has no option {}: it belongs to {}", who, word, listed(takers)),
                help);
  }
  std::vector<std::string> names;
  const auto add = [&names](const CLI::Option* option) {
    names.push_back(option->get_name().substr(2));
  };
  for (const Command* each : all_commands()) {
    if (command == nullptr || command == each) std::ranges::for_each(program.options_of(each), add);
  }
  std::ranges::for_each(program.options_of(nullptr), add);
  if (word == "-y" || word == "--yes" || word == "--assume-yes") {
    return fail(Errc::usage,
                fmt::format("{} has no option {}: it asks nothing without --confirm", who, word),
                "leave it out");
  }
  const std::size_t dashes = std::min(word.find_first_not_of('-'), word.size());
  auto meant = meant_by(dashes == 1 ? std::span<const OtherName>(kOtherLetters) : kOtherOptions,
                        dashes == 1 ? word : word.substr(dashes), names);
  if (const auto option = option_of_variable(word.substr(dashes))) meant = option;
  return fail(Errc::usage,
              fmt::format("{} has no option {}{}", who, word,
                          meant ? fmt::format("; did you mean --{}?", *meant) : ""),
              help);
}

}  // namespace ollama_gpu::cli
