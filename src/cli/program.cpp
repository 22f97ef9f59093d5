// SPDX-License-Identifier: MIT
#include "cli/program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

namespace ollama_gpu::cli {
namespace {

// Takes a text that must not be empty.
Declare::Take<std::string> not_empty(std::string& member, std::string message, std::string hint) {
  return [&member, message = std::move(message), hint = std::move(hint)](const std::string& value) {
    member = value;
    return value.empty() ? fail(Errc::usage, message, hint) : Result<void>();
  };
}

void declare_globals(Declare add, Options& options) {
  add.heading("Global options");
  add.value("--unit", "NAME",
            not_empty(options.global.unit, "--unit needs a name", "write --unit ollama.service"),
            "the service (default: ollama.service)");
  CLI::Option* user =
      add.flag("--user", options.global.user, "a service of the user's own service manager");
  add.value("--root", "DIR",
            not_empty(options.global.root, "--root needs a directory", "write --root DIR"),
            "work on the system mounted at DIR, offline")
      ->excludes(user);
  add.flag("--json", options.json, "the result as one JSON object");
  CLI::Option* quiet = add.flag(
      "-q,--quiet", [&] { options.verbosity = ports::Verbosity::quiet; },
      "no messages but errors; of a check its exit code only");
  add.flag(
         "-v,--verbose", [&] { options.verbosity = ports::Verbosity::verbose; },
         "the whole plan and every level of the evidence")
      ->excludes(quiet);
  add.choice<std::string>("--color", "WHEN", into(options.color),
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

Error usage(std::string message, std::string hint) {
  return {Errc::usage, std::move(message), std::move(hint)};
}

Error of_excluding(const CLI::App& app, const CLI::App& last, const std::string& help) {
  auto pair = pair_in(last, &CLI::Option::get_excludes, true);
  if (!pair) pair = pair_in(app, &CLI::Option::get_excludes, true);
  const std::string& command = last.get_name();
  if (!pair) {  // the whole command: see refuse_root()
    return usage(
        fmt::format("{} looks at the GPUs of this machine: it has no use for --root", command),
        "leave --root out");
  }
  if (pair->first->get_positional()) std::swap(pair->first, pair->second);
  const std::string first = pair->first->get_name();
  const std::string second = pair->second->get_name(pair->second->get_positional());
  if (pair->second->get_positional()) {
    return usage(fmt::format("{} {} takes no {}", command, first, second), "give one of them");
  }
  return usage(fmt::format("{} and {} contradict each other", first, second), help);
}

Error of_lacking(const CLI::App& last) {
  const auto [option, needed] = *pair_in(last, &CLI::Option::get_needs, false);
  const std::string& command = last.get_name();
  const std::string name = option->get_name();
  const std::string lacking = needed->get_name();
  return usage(fmt::format("{} takes {} only with {}", command, name, lacking),
               is_flag(*needed) ? fmt::format("without {} it changes nothing", lacking)
                                : fmt::format("write {} {} {} {}", command, lacking,
                                              needed->get_type_name(), name));
}

// What CLI11 says of options and values, as we say it.
Error in_our_words(const CLI::ParseError& error, const CLI::App& app, const Notes& notes) {
  const auto commands = app.get_subcommands();
  const CLI::App& last = commands.empty() ? app : *commands.front();
  const std::string& command = last.get_name();
  const std::string help =
      commands.empty() ? "see ollama-gpu --help" : fmt::format("see ollama-gpu {} --help", command);
  if (notes.refused) {
    Error refused = *notes.refused;
    if (refused.hint.empty()) refused.hint = help;
    return refused;
  }
  if (error.get_name() == "ExcludesError") return of_excluding(app, last, help);
  if (error.get_name() == "RequiresError") return of_lacking(last);
  if (error.get_name() != "RequiredError") return usage(error.what(), help);
  if (commands.empty()) {
    return usage("no command was given", "start with: ollama-gpu status, or ollama-gpu --help");
  }
  const auto options = own_options(last);
  const CLI::Option* operand = *std::ranges::find_if(options, &CLI::Option::get_required);
  return usage(fmt::format("{} needs a {}", command, operand->get_name(true)),
               fmt::format("write ollama-gpu {} {}", command, notes.values.at(operand)));
}

// CLI11 binds in the order of declaration; plans and drop-ins keep the order that was typed. Its
// parse_order() still has the `earlier` ones of a parse before.
void sort_as_typed(std::vector<SettingChange>& changes, const CLI::App& command,
                   std::size_t earlier) {
  std::vector<SettingChange> sorted;
  const auto& order = command.parse_order();
  for (std::size_t i = std::min(earlier, order.size()); i < order.size(); ++i) {
    const CLI::Option* option = order[i];
    const auto first = std::ranges::find(changes, option->get_name(), &SettingChange::option);
    if (first == changes.end()) continue;
    sorted.push_back(std::move(*first));
    changes.erase(first);
  }
  std::ranges::move(changes, std::back_inserter(sorted));
  changes = std::move(sorted);
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

CLI::App& Program::app(const Command* command) const {
  return command == nullptr ? *app_ : *app_->get_subcommand(std::string(command->name));
}

std::vector<const CLI::Option*> Program::options_of(const Command* command) const {
  auto options = own_options(app(command));
  std::erase_if(options, &CLI::Option::get_positional);
  return options;
}

const CLI::Option* Program::operands_of(const Command& command) const {
  const auto options = own_options(app(&command));
  const auto found = std::ranges::find_if(options, &CLI::Option::get_positional);
  return found == options.end() ? nullptr : *found;
}

const CLI::Option* Program::find_option(const Command* command, const std::string& name) const {
  if (!name.starts_with('-')) return nullptr;
  const CLI::Option* found = app(command).get_option_no_throw(name);
  return found != nullptr ? found : app_->get_option_no_throw(name);
}

const CLI::Option* Program::find_option(const std::string& name) const {
  for (const Command* command : all_commands()) {
    if (const CLI::Option* found = find_option(command, name)) return found;
  }
  return nullptr;
}

Result<void> Program::parse(std::vector<std::string> words, const std::vector<FileOption>& file) {
  options_ = {};
  notes_.refused.reset();
  notes_.places.clear();
  for (const FileOption& given : file) {
    const CLI::Option* option =
        find_option(&kConfigure, given.word.substr(0, given.word.find('=')));
    notes_.places[option].push_back(given.place);
  }
  std::ranges::reverse(words);  // CLI11 takes them from the back
  const std::size_t earlier = app(&kConfigure).parse_order().size();
  try {
    app_->parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    Error told = in_our_words(error, *app_, notes_);
    if (!told.location) told.location = place_of(told.message);
    bind_the_rest();
    return Failure(std::move(told));
  }
  sort_as_typed(options_.configure.request.changes, app(&kConfigure), earlier);
  return {};
}

std::optional<Location> Program::place_of(const std::string& message) const {
  const std::string name = message.substr(0, message.find_first_of(" ="));
  const auto places = notes_.places.find(find_option(&kConfigure, name));
  return places == notes_.places.end() || places->second.empty()
             ? std::nullopt
             : std::optional(places->second.front());
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
  const auto& changes = options_.configure.request.changes;
  if (!option.variable.empty()) {
    return std::ranges::find(changes, option.variable, &SettingChange::name) != changes.end();
  }
  const auto* own = find_option(&kConfigure, option.word.substr(0, option.word.find('=')));
  const auto given = [](const CLI::Option* other) { return other->count() > 0; };
  return given(own) || std::ranges::any_of(own->get_excludes(), given);
}

}  // namespace ollama_gpu::cli
