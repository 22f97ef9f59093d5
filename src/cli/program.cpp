// SPDX-License-Identifier: MIT
#include "cli/program.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <set>
#include <utility>

namespace ollama_gpu::cli {
namespace {

void declare_globals(Declare add, Options& options) {
  add.heading("Global options");
  add.text("--unit", "NAME", options.global.unit,
           {"--unit needs a name", "write --unit ollama.service"},
           "the service (default: ollama.service)");
  add.flag("--user", options.global.user, "a service of the user's own service manager");
  add.text("--root", "DIR", options.global.root, {"--root needs a directory", "write --root DIR"},
           "work on the system mounted at DIR, offline")
      .complete = Complete::directory;
  add.excludes("--user", "--root");
  add.flag("--json", options.json, "the result as one JSON object");
  add.flag(
      "-q,--quiet", [&] { options.verbosity = Verbosity::quiet; }, "no messages but errors");
  add.flag(
      "-v,--verbose", [&] { options.verbosity = Verbosity::verbose; }, "say more of what is done");
  add.excludes("--quiet", "--verbose");
  add.choice<std::string>("--color", "WHEN", options.color,
                          {{"auto", "auto"}, {"always", "always"}, {"never", "never"}},
                          "auto, always or never");
  add.flag("--version", options.version, "print the version");
  add.flag("-h,--help", options.help, "print this help");
}

// The first option that is given, with one of its `others` that is given, or is not.
using Pair = std::pair<const CLI::Option*, const CLI::Option*>;
std::optional<Pair> pair_in(const CLI::App& app,
                            std::set<CLI::Option*> (CLI::Option::*others)() const, bool given) {
  for (const CLI::Option* option : own_options(app)) {
    if (option->count() == 0) continue;
    for (const CLI::Option* other : (option->*others)()) {
      if ((other->count() > 0) == given) return Pair{option, other};
    }
  }
  return std::nullopt;
}

std::string name_of(const CLI::Option& option) { return option.get_name(option.get_positional()); }

Error usage(std::string message, std::string hint) {
  return {Errc::usage, std::move(message), std::move(hint), std::nullopt, 0};
}

Error of_excluding(const CLI::App& app, const CLI::App& last, const std::string& help) {
  auto pair = pair_in(last, &CLI::Option::get_excludes, true);
  if (!pair) pair = pair_in(app, &CLI::Option::get_excludes, true);
  const std::string& command = last.get_name();
  if (!pair) {  // Declare::excludes_global()
    return usage(
        fmt::format("{} looks at the GPUs of this machine: it has no use for --root", command),
        "leave --root out");
  }
  const std::string first = pair->first->get_name();
  const std::string second = name_of(*pair->second);
  if (pair->second->get_positional()) {
    return usage(fmt::format("{} {} takes no {}", command, first, second), "give one of them");
  }
  return usage(fmt::format("{} and {} contradict each other", first, second), help);
}

Error of_lacking(const CLI::App& last, const Notes& notes) {
  const auto [option, needed] = *pair_in(last, &CLI::Option::get_needs, false);
  return usage(fmt::format("{} takes {} only with {}", last.get_name(), option->get_name(),
                           needed->get_name()),
               notes.extras.at(option).lacking);
}

Error of_missing(const CLI::App& app, const CLI::App& last, const Notes& notes) {
  if (&last == &app) {
    return usage("no command was given", "start with: ollama-gpu status, or ollama-gpu --help");
  }
  const auto options = own_options(last);
  const CLI::Option* operand = *std::ranges::find_if(options, &CLI::Option::get_required);
  return usage(
      fmt::format("{} needs a {}", last.get_name(), name_of(*operand)),
      fmt::format("write ollama-gpu {} {}", last.get_name(), notes.extras.at(operand).values));
}

// What CLI11 says of options and values, as we say it.
Error in_our_words(const CLI::ParseError& error, const CLI::App& app, const Notes& notes) {
  if (notes.refused) return *notes.refused;
  const auto commands = app.get_subcommands();
  const CLI::App& last = commands.empty() ? app : *commands.front();
  const std::string help = commands.empty()
                               ? "see ollama-gpu --help"
                               : fmt::format("see ollama-gpu {} --help", last.get_name());
  if (error.get_name() == "ExcludesError") return of_excluding(app, last, help);
  if (error.get_name() == "RequiresError") return of_lacking(last, notes);
  if (error.get_name() == "RequiredError") return of_missing(app, last, notes);
  std::string message = error.what();  // "--restart: takes ..."
  const std::size_t colon = message.find(": ");
  if (colon != std::string::npos && message.starts_with("--")) message.erase(colon, 1);
  return usage(message, help);
}

std::vector<std::string> words_of(const std::vector<FileOption>& file) {
  std::vector<std::string> out;
  for (const FileOption& given : file) {
    out.push_back(given.option.name);
    if (!given.option.is_flag()) out.push_back(given.value.value_or(given.option.bare));
  }
  return out;
}

// The place in a file of the option with which a message begins.
std::optional<Location> place_of(const std::string& message, const CLI::App& command,
                                 const Notes& notes) {
  const std::string name = message.substr(0, message.find(' '));
  const CLI::Option* option = command.get_option_no_throw(name);
  const auto extra = notes.extras.find(option);
  if (extra == notes.extras.end() || extra->second.places.empty()) return std::nullopt;
  return extra->second.places.front();
}

}  // namespace

Program::Program()
    : app_(std::make_unique<CLI::App>(
          "Configures the GPUs of an Ollama that runs as a systemd service, and proves that the "
          "settings hold.",
          "ollama-gpu")) {
  app_->set_help_flag();
  app_->fallthrough();
  app_->require_subcommand(1, 1);
  declare_globals(Declare(*app_, notes_), options_);
  for (const Command* command : all_commands()) {
    CLI::App* app =
        app_->add_subcommand(std::string(command->name), std::string(command->description));
    app->set_help_flag();
    Declare add(*app, notes_);
    if (command->declare != nullptr) command->declare(add, options_);
  }
}

Program::~Program() = default;

CLI::App& Program::app(const Command* command) const {
  return command == nullptr ? *app_ : *app_->get_subcommand(std::string(command->name));
}

OptionView Program::view_of(const CLI::Option& option) const {
  const auto& letters = option.get_snames();
  return {option.get_name(),
          letters.empty() ? "" : "-" + letters.front(),
          option.get_type_name(),
          option.get_default_str(),
          option.get_group(),
          option.get_description(),
          static_cast<std::size_t>(option.get_expected_max()),
          &notes_.extras.at(&option)};
}

std::vector<OptionView> Program::options_of(const Command* command) const {
  std::vector<OptionView> out;
  for (const CLI::Option* option : own_options(app(command))) {
    if (!option->get_positional()) out.push_back(view_of(*option));
  }
  return out;
}

std::optional<OptionView> Program::operands_of(const Command& command) const {
  for (const CLI::Option* option : own_options(app(&command))) {
    if (option->get_positional()) return view_of(*option);
  }
  return std::nullopt;
}

std::optional<OptionView> Program::find_option(const Command* command,
                                               const std::string& name) const {
  if (!name.starts_with('-')) return std::nullopt;
  const CLI::Option* found = app(command).get_option_no_throw(name);
  if (found == nullptr) found = app_->get_option_no_throw(name);
  return found == nullptr ? std::nullopt : std::optional(view_of(*found));
}

std::optional<OptionView> Program::find_option(const std::string& name) const {
  for (const Command* command : all_commands()) {
    if (auto found = find_option(command, name)) return found;
  }
  return std::nullopt;
}

Result<void> Program::parse(const std::vector<std::string>& words,
                            const std::vector<FileOption>& file) {
  options_ = {};
  notes_.refused.reset();
  std::vector<std::string> all = words_of(file);
  if (!words.empty()) {
    all.insert(all.begin(), words.front());  // the command
    all.insert(all.end(), words.begin() + 1, words.end());
  }
  std::ranges::reverse(all);  // CLI11 takes them from the back
  for (auto& [option, extra] : notes_.extras) extra.places.clear();
  for (const FileOption& given : file) {
    const CLI::Option* option = app(&kConfigure).get_option(given.option.name);
    notes_.extras.at(option).places.push_back(given.place);
  }
  try {
    app_->parse(std::move(all));
  } catch (const CLI::ParseError& error) {
    Error told = in_our_words(error, *app_, notes_);
    const auto commands = app_->get_subcommands();
    if (!told.location && !commands.empty()) {
      told.location = place_of(told.message, *commands.front(), notes_);
    }
    bind_the_rest();
    return Failure(std::move(told));
  }
  return {};
}

void Program::bind_the_rest() {
  for (CLI::Option* option : app_->get_options()) {
    if (option->count() == 0 || option->get_callback_run()) continue;
    try {
      option->run_callback();
    } catch (const CLI::ParseError&) {
      continue;  // one error is told already
    }
  }
}

bool Program::decides(const FileOption& option) const {
  if (!option.variable.empty()) {
    const auto& changes = options_.configure.request.changes;
    return std::ranges::find(changes, option.variable, &SettingChange::name) != changes.end();
  }
  const CLI::Option* own = app(&kConfigure).get_option(option.option.name);
  const auto given = [](const CLI::Option* other) { return other->count() > 0; };
  return given(own) || std::ranges::any_of(own->get_excludes(), given);
}

}  // namespace ollama_gpu::cli
