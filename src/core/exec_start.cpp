// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/exec_start.hpp"

#include <algorithm>
#include <array>

#include "ollama_gpu/core/time_span.hpp"
#include "ollama_gpu/core/words.hpp"

namespace ollama_gpu {

namespace {

std::string program_of(const std::string& command) {
  const WordList split = split_words(command, Escapes::c_style);
  if (split.words.empty()) return "";
  std::string_view program = split.words.front().text;
  program.remove_prefix(std::min(program.find_first_not_of("@-:+!|"), program.size()));
  return std::string(program);
}

bool is_true(std::string_view value) {
  constexpr std::array<std::string_view, 6> kTrue{"yes", "y", "true", "t", "on", "1"};
  return std::find(kTrue.begin(), kTrue.end(), value) != kTrue.end();
}

// The last value of a [Service] setting, empty when it is not set.
std::string last_value(const UnitSnapshot& snapshot, std::string_view key) {
  std::string value;
  for (const UnitFile& file : snapshot.files) {
    for (const Directive& directive : file.directives) {
      if (directive.section == "Service" && directive.key == key) value = directive.value;
    }
  }
  return value;
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
        const Position at = directive.position;
        commands.push_back({directive.value,
                            program_of(directive.value),
                            locate(file, directive.at(0)),
                            {file.path, at.line, at.column, directive.key}});
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
  return last_value(snapshot, "Type") == "oneshot" ? kNoLimit : default_timeout;
}

std::optional<GateInForce> find_gate(const UnitSnapshot& snapshot, std::uint64_t default_timeout) {
  std::optional<GateInForce> found;
  for (const ExecCommand& command : exec_commands_of(snapshot, "ExecStartPre")) {
    if (auto gate = parse_gate(command.text)) found = GateInForce{std::move(*gate), command.source};
  }
  if (found) found->gate.start_timeout = start_timeout_of(snapshot, default_timeout);
  return found;
}

std::string container_program(const UnitSnapshot& snapshot) {
  constexpr std::array<std::string_view, 8> kPrograms{
      "docker",    "podman",      "nerdctl",        "ctr",
      "apptainer", "singularity", "systemd-nspawn", "lxc-start"};
  for (const ExecCommand& command : exec_start_of(snapshot)) {
    // npos + 1 is 0: a program without a slash is its own name
    std::string name = command.program.substr(command.program.rfind('/') + 1);
    if (std::find(kPrograms.begin(), kPrograms.end(), name) != kPrograms.end()) return name;
  }
  return "";
}

bool has_own_root(const UnitSnapshot& snapshot) {
  return !last_value(snapshot, "RootDirectory").empty() ||
         !last_value(snapshot, "RootImage").empty();
}

bool has_own_network(const UnitSnapshot& snapshot) {
  return is_true(last_value(snapshot, "PrivateNetwork")) ||
         !last_value(snapshot, "NetworkNamespacePath").empty();
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
