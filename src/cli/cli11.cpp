// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "ollama_gpu/cli/arguments.hpp"
#include "ollama_gpu/cli/convert.hpp"

// The only file that knows CLI11. Words come to it one option and one value at a time (words.cpp),
// because by itself it swallows the next word as an optional value, takes a value for a flag, and
// takes `--name=` as `--name` with the next word.
namespace ollama_gpu::cli {
namespace {

// "auto|never|always" -> "auto, never or always".
std::string listed(std::string_view values) {
  std::string out;
  while (true) {
    const std::size_t bar = values.find('|');
    out += values.substr(0, bar);
    if (bar == std::string_view::npos) return out;
    values.remove_prefix(bar + 1);
    out += values.find('|') == std::string_view::npos ? " or " : ", ";
  }
}

bool is_one_of(std::string_view value, std::string_view values) {
  const std::string padded = fmt::format("|{}|", values);
  const bool plain = !value.empty() && value.find('|') == std::string_view::npos;
  return plain && padded.find(fmt::format("|{}|", value)) != std::string::npos;
}

CLI::Validator fixed_values(std::string_view values) {
  return CLI::Validator(
      [values](std::string& value) {
        if (is_one_of(value, values)) return std::string();
        return fmt::format("takes {}, not '{}'", listed(values), value);
      },
      "");
}

// `may_be_empty`: how plain_words() writes an option without its optional value.
CLI::Validator seconds(bool may_be_empty) {
  return CLI::Validator(
      [may_be_empty](std::string& value) {
        if (parse_seconds(value) || (may_be_empty && value.empty())) return std::string();
        return fmt::format("takes a number of seconds such as 30 or 0.5, not '{}'", value);
      },
      "");
}

// A value that Ollama judges is checked with the setting's grammar, not here.
bool has_fixed_values(const OptionSpec& spec) {
  return !spec.values.empty() && spec.name != "--kv-cache-type";
}

void add_option(CLI::App& app, const OptionSpec& spec) {
  const std::string name(spec.name);
  if (spec.arity == Arity::flag) {
    app.add_flag(name);
    return;
  }
  CLI::Option* option = app.add_option(name, [](const CLI::results_t&) { return true; });
  option->allow_extra_args(false)->expected(1);
  option->multi_option_policy(spec.repeatable ? CLI::MultiOptionPolicy::TakeAll
                                              : CLI::MultiOptionPolicy::Throw);
  if (has_fixed_values(spec)) option->check(fixed_values(spec.values));
  if (spec.value_name == "SECONDS") option->check(seconds(spec.arity == Arity::optional_value));
}

void add_options(CLI::App& app, unsigned bit, bool global) {
  const auto wanted = [&](const OptionSpec& spec) {
    return is_global(spec) == global && (spec.commands & bit) != 0;
  };
  for (const OptionSpec& spec : all_options()) {
    if (wanted(spec)) add_option(app, spec);
  }
  for (const OptionSpec& spec : all_options()) {
    if (spec.excludes.empty() || !wanted(spec)) continue;
    CLI::Option* option = app.get_option(std::string(spec.name));
    if (CLI::Option* other = app.get_option_no_throw(std::string(spec.excludes))) {
      option->excludes(other);
    }
  }
}

// One element an option and its value, as CLI11 reads them without a guess.
std::vector<std::string> plain_words(const ParsedWords& words) {
  std::vector<std::string> out;
  const auto add = [&out](const GivenOption& given) {
    out.emplace_back(given.spec->name);
    if (given.value) {
      out.push_back(*given.value);
    } else if (given.spec->arity == Arity::optional_value) {
      out.emplace_back(given.spec->writes ? given.spec->writes->value : "");
    }
  };
  for (const GivenOption& given : words.options) {
    if (is_global(*given.spec)) add(given);
  }
  if (words.command != nullptr) out.emplace_back(words.command->name);
  for (const GivenOption& given : words.options) {
    if (!is_global(*given.spec)) add(given);
  }
  std::reverse(out.begin(), out.end());  // CLI11 takes them from the back
  return out;
}

// CLI11 says "--name: what is wrong"; the place of that option, if it came from a file.
Failure failure(const ParsedWords& words, std::string message, std::string_view command) {
  const std::size_t colon = message.find(": ");
  if (colon != std::string::npos && message.starts_with("--")) message.erase(colon, 1);
  const std::string hint =
      command.empty() ? "see ollama-gpu --help" : fmt::format("see ollama-gpu {} --help", command);
  Error error{Errc::usage, message, hint, std::nullopt, 0};
  for (const GivenOption& given : words.options) {
    const std::string start = std::string(given.spec->name) + ' ';
    if (given.place && (message + ' ').starts_with(start)) error.location = given.place;
  }
  return Failure(std::move(error));
}

// The first two options that contradict each other.
std::optional<std::pair<std::string_view, std::string_view>> contradiction(
    const ParsedWords& words) {
  for (const GivenOption& first : words.options) {
    for (const GivenOption& second : words.options) {
      if (first.spec->excludes == second.spec->name) {
        return std::pair{first.spec->name, second.spec->name};
      }
    }
  }
  return std::nullopt;
}

}  // namespace

Result<void> check_with_cli11(const ParsedWords& words) {
  CLI::App app("", "ollama-gpu");
  app.set_help_flag();
  add_options(app, kEverywhere, true);
  const std::string_view command = words.command != nullptr ? words.command->name : "";
  if (words.command != nullptr) {
    CLI::App* sub = app.add_subcommand(std::string(command));
    sub->set_help_flag();
    add_options(*sub, words.command->bit, false);
  }
  try {
    app.parse(plain_words(words));
  } catch (const CLI::ExcludesError& error) {
    const auto pair = contradiction(words);
    if (!pair) return failure(words, error.what(), command);
    return failure(words, fmt::format("{} and {} contradict each other", pair->first, pair->second),
                   command);
  } catch (const CLI::ParseError& error) {
    return failure(words, error.what(), command);
  }
  return {};
}

}  // namespace ollama_gpu::cli
