// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/systemd/exec_start.hpp"

#include <algorithm>
#include <array>

#include "core/systemd/service_setting.hpp"
#include "core/systemd/time_span.hpp"
#include "core/systemd/words.hpp"
#include "core/text/base_name.hpp"
#include "ollama_gpu/core/contains.hpp"

namespace ollama_gpu {

namespace {

// What an option of env(1) says about the words behind it.
enum class EnvOption { alone, takes_next, splits_string };

// GNU's env knows a long option by as much of its name as tells it from the others.
EnvOption long_env_option(std::string_view option) {
  option.remove_prefix(2);
  const std::size_t equals = option.find('=');
  const std::string_view name = option.substr(0, equals);
  if (name.empty()) return EnvOption::alone;
  if (std::string_view("split-string").starts_with(name)) return EnvOption::splits_string;
  for (const std::string_view known : {"unset", "chdir", "argv0"}) {
    if (!known.starts_with(name)) continue;
    return equals == std::string_view::npos ? EnvOption::takes_next : EnvOption::alone;
  }
  return EnvOption::alone;
}

// Letters may stand together, and an operand may follow its letter at once: "-iuNAME".
EnvOption short_env_option(std::string_view option) {
  const std::size_t letter = option.find_first_of("uCaS", 1);
  if (letter == std::string_view::npos) return EnvOption::alone;
  if (option[letter] == 'S') return EnvOption::splits_string;
  return letter + 1 == option.size() ? EnvOption::takes_next : EnvOption::alone;
}

// Where the options of env(1) end; nothing where -S splits a string, which may set anything.
std::optional<std::size_t> end_of_env_options(const std::vector<Word>& words) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string_view text = words[i].text;
    if (!text.starts_with('-')) return i;
    if (text == "--" || text == "-") return i + 1;
    const EnvOption option =
        text.starts_with("--") ? long_env_option(text) : short_env_option(text);
    if (option == EnvOption::splits_string) return std::nullopt;
    if (option == EnvOption::takes_next) ++i;
  }
  return words.size();
}

// The NAME=VALUE words of `env [OPTION]... [NAME=VALUE]... COMMAND`.
std::vector<Assignment> variables_of(const UnitFile& file, const Directive& directive,
                                     const std::vector<Word>& words) {
  std::vector<Assignment> variables;
  for (std::size_t i = end_of_env_options(words).value_or(words.size()); i < words.size(); ++i) {
    const std::string& text = words[i].text;
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) break;
    const Position position = directive.at(words[i].offset);
    variables.push_back({text.substr(0, equals),
                         text.substr(equals + 1),
                         {file.path, position.line, position.column, directive.key}});
  }
  return variables;
}

ExecCommand read_command(const UnitFile& file, const Directive& directive) {
  const Position at = directive.position;
  ExecCommand command{directive.value,
                      "",
                      locate(file, directive.at(0)),
                      {file.path, at.line, at.column, directive.key}};
  const std::vector<Word> words = split_words(directive.value, Escapes::c_style).words;
  if (words.empty()) return command;
  const std::string& first = words.front().text;
  command.program = first.substr(std::min(first.find_first_not_of("@-:+!|"), first.size()));
  if (base_name(command.program) == "env") command.variables = variables_of(file, directive, words);
  return command;
}

}  // namespace

std::vector<ExecCommand> exec_commands_of(const UnitSnapshot& snapshot, std::string_view key) {
  std::vector<ExecCommand> commands;
  for (const UnitFile& file : snapshot.files) {
    for (const Directive& directive : file.directives) {
      if (directive.section != "Service" || directive.key != key) continue;
      if (directive.value.empty()) {
        commands.clear();
      } else {
        commands.push_back(read_command(file, directive));
      }
    }
  }
  return commands;
}

std::vector<ExecCommand> exec_start_of(const UnitSnapshot& snapshot) {
  return exec_commands_of(snapshot, "ExecStart");
}

std::uint64_t start_timeout_of(const UnitSnapshot& snapshot, std::uint64_t default_timeout) {
  std::optional<std::uint64_t> timeout;
  for (const UnitFile& file : snapshot.files) {
    for (const Directive& directive : file.directives) {
      const bool sets = directive.key == "TimeoutStartSec" || directive.key == "TimeoutSec";
      if (directive.section != "Service" || !sets) continue;
      const auto value = parse_time_span(directive.value);   // what is refused changes nothing
      if (value) timeout = *value == 0 ? kNoLimit : *value;  // src/core/load-fragment.c
    }
  }
  if (timeout) return *timeout;
  const auto type = service_setting(snapshot, "Type");
  return type && type->value == "oneshot" ? kNoLimit : default_timeout;
}

std::string container_program(const UnitSnapshot& snapshot) {
  constexpr std::array<std::string_view, 6> kPrograms{"docker", "podman",         "nerdctl",
                                                      "ctr",    "systemd-nspawn", "lxc-start"};
  for (const ExecCommand& command : exec_start_of(snapshot)) {
    std::string name = base_name(command.program);
    if (contains(kPrograms, name)) return name;
  }
  return "";
}

bool has_own_root(const UnitSnapshot& snapshot) {
  return service_setting(snapshot, "RootDirectory") || service_setting(snapshot, "RootImage");
}

std::optional<Location> find_glued_header(const UnitFile& file) {
  constexpr std::array<std::string_view, 3> kHeaders{"[Service]", "[Install]", "[Unit]"};
  for (const Directive& directive : file.directives) {
    for (const std::string_view header : kHeaders) {
      if (!std::string_view(directive.value).ends_with(header)) continue;
      return locate(file, directive.at(directive.value.size() - header.size()));
    }
  }
  return std::nullopt;
}

}  // namespace ollama_gpu
