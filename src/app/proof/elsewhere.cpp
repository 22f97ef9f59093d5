// SPDX-License-Identifier: MIT
#include "app/proof/elsewhere.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <sstream>

#include "ollama_gpu/core/systemd/exec_start.hpp"

namespace ollama_gpu::app {

namespace {

std::string directory_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

// The files that the unit is made of, and the directories where one could have gone.
std::vector<std::string> sources_of(const Expectation& expected) {
  std::vector<std::string> paths{directory_of(expected.drop_in_path)};
  for (const UnitFile& file : expected.snapshot.files) paths.push_back(file.path);
  for (const EnvironmentFile& file : expected.snapshot.environment_files) {
    paths.push_back(file.path);
  }
  return paths;
}

// Where NAME= stands as a word of its own.
bool assigns(std::string_view text, const std::string& name) {
  for (std::size_t at = text.find(name + '='); at != text.npos;
       at = text.find(name + '=', at + 1)) {
    const char before = at == 0 ? ' ' : text[at - 1];
    if (std::isalnum(static_cast<unsigned char>(before)) == 0 && before != '_') return true;
  }
  return false;
}

bool assigns_any(std::string_view text, const std::vector<std::string>& names) {
  return std::ranges::any_of(names, [&](const std::string& name) { return assigns(text, name); });
}

bool is_login_shell(const ExecCommand& command) {
  std::istringstream words(command.text);
  for (std::string word; words >> word;) {
    const bool letters = word.size() > 1 && word[0] == '-' && word[1] != '-';
    if (word == "--login" || (letters && word.find('l') != word.npos)) return true;
  }
  return false;
}

bool is_shell(const std::string& program) {
  const std::string name = program.substr(program.rfind('/') + 1);
  return name == "sh" || name == "bash" || name == "dash" || name == "zsh" || name == "ksh";
}

// The script that the command runs, and the line in it.
std::string in_script(const Context& context, const ExecCommand& command,
                      const std::vector<std::string>& names) {
  const auto text = context.files.read(command.program);
  if (!text || !text->starts_with("#!")) return "";
  std::istringstream lines(*text);
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const std::size_t first = line.find_first_not_of(" \t");
    if (first != line.npos && line[first] != '#' && assigns_any(line, names)) {
      return fmt::format("{}:{} sets it", command.program, number);
    }
  }
  return fmt::format("{}, a script that ExecStart= runs, or what it runs in turn, sets it",
                     command.program);
}

std::string origin_in(const Context& context, const ExecCommand& command,
                      const std::vector<std::string>& names) {
  const std::string place = fmt::format("{}:{}", command.place.file, command.place.line);
  if (assigns_any(command.text, names)) return fmt::format("ExecStart= itself sets it ({})", place);
  if (command.program.ends_with("/snap")) {
    return fmt::format("the snap's launcher sets it ({}): use snap set", place);
  }
  if (std::string script = in_script(context, command, names); !script.empty()) return script;
  if (is_shell(command.program) && is_login_shell(command)) {
    return fmt::format("a login shell (ExecStart=, {}) reads /etc/profile and its user's profile",
                       place);
  }
  return "";
}

}  // namespace

bool is_up_to_date(const Context& context, const ports::UnitState& state,
                   const Expectation& expected) {
  if (state.active_enter_usec == 0 || state.need_daemon_reload) return false;
  if (!manager_difference(state, expected).empty()) return false;
  const std::uint64_t started = state.active_enter_usec;
  if (expected.loaded_usec == 0 || expected.loaded_usec > started) return false;
  return std::ranges::all_of(sources_of(expected), [&](const std::string& path) {
    return context.files.changed_usec(path) <= started;
  });
}

std::string set_elsewhere(const Context& context, const UnitSnapshot& snapshot,
                          const std::vector<std::string>& names) {
  std::string origin;
  for (const ExecCommand& command : exec_start_of(snapshot)) {
    if (origin.empty()) origin = origin_in(context, command, names);
  }
  if (origin.empty()) origin = "something that ExecStart= runs, or PAM (PAMName=), sets it";
  return fmt::format("{} {} another value although the process was started with ours: {}",
                     fmt::join(names, ", "), names.size() == 1 ? "has" : "have", origin);
}

}  // namespace ollama_gpu::app
