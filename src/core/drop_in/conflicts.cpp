// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/drop_in/conflicts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/text/base_name.hpp"
#include "ollama_gpu/core/contains.hpp"
#include "ollama_gpu/core/systemd/exec_start.hpp"
#include "ollama_gpu/core/text/secrets.hpp"
#include "ollama_gpu/core/text/shell_word.hpp"
#include "ollama_gpu/core/text/utf8.hpp"

namespace ollama_gpu {

namespace {

Error conflict(std::string message, std::string hint, std::optional<Location> place) {
  return {Errc::conflict, std::move(message), std::move(hint), std::move(place), 0};
}

// A file with our name in a directory that wins hides ours.
std::optional<Error> find_mask(const UnitSnapshot& after, const std::string& path) {
  const auto& drop_ins = after.on_disk.drop_ins;
  if (contains(drop_ins, path)) return std::nullopt;
  const auto same_name = std::ranges::find_if(
      drop_ins, [](const std::string& other) { return base_name(other) == kDropInName; });
  if (same_name == drop_ins.end()) {
    return conflict(fmt::format("systemd would not read {}", path),
                    fmt::format("see which files it reads: systemctl show -p DropInPaths {}",
                                shell_word(after.on_disk.id)),
                    std::nullopt);
  }
  return conflict(fmt::format("{} hides our drop-in of the same name", *same_name),
                  fmt::format("remove it: sudo rm {}", shell_word(*same_name)),
                  Location{*same_name, 0, 0, ""});
}

// A later bare `Environment=` (or another list's) that takes everything back.
std::optional<Location> find_reset(const UnitSnapshot& after, const std::string& path,
                                   std::string_view key = "Environment") {
  bool later = false;
  for (const UnitFile& file : after.files) {
    if (file.path == path) {
      later = true;
      continue;
    }
    if (!later) continue;
    for (const Directive& directive : file.directives) {
      if (directive.section == "Service" && directive.key == key && directive.value.empty()) {
        return locate(file, directive.position);
      }
    }
  }
  return std::nullopt;
}

std::optional<Error> find_unset(const UnitSnapshot& after, const DropInVariable& wanted) {
  const auto unset = after.effective.unset.find(wanted.name);
  if (unset == after.effective.unset.end()) return std::nullopt;
  return conflict(fmt::format("UnsetEnvironment= takes {} away from the process", wanted.name),
                  fmt::format("remove {} from that line", wanted.name),
                  locate(after, unset->second.source));
}

// A line that sets nothing else can go as a whole; of others only the one word.
std::string removal_hint(const UnitSnapshot& after, const std::string& name, const Source& source) {
  const auto there = [&](const Assignment& assignment) {
    return assignment.source.file == source.file && assignment.source.line == source.line &&
           assignment.name != name;
  };
  const auto& environment = after.environment;
  const bool others = std::ranges::any_of(environment.environment, there) ||
                      std::ranges::any_of(environment.overridden, there);
  // A line that is continued, or continues another, must not go alone.
  const std::string_view line = line_of(after, source.file, source.line);
  const std::string_view above = line_of(after, source.file, source.line - 1);
  const bool continued = line.ends_with('\\') || above.ends_with('\\');
  const bool quoted = source.directive == "EnvironmentFile" &&
                      line.find_first_of("\"'") != std::string_view::npos;  // may span lines
  if (others || continued || quoted || line.empty())
    return fmt::format("take {} out of that line: sudoedit {}", name, shell_word(source.file));
  // By number and by name: where the lines have moved since, it takes away nothing.
  return fmt::format("remove that line: sudo sed -i '{}{{/{}=/d}}' {}", source.line, name,
                     shell_word(source.file));
}

std::optional<Error> find_winner(const UnitSnapshot& after, const DropInVariable& wanted,
                                 const std::string& path) {
  const auto found = after.effective.variables.find(wanted.name);
  if (found == after.effective.variables.end()) {
    return conflict(fmt::format("{} would not reach the process: a later Environment= takes every "
                                "setting back",
                                wanted.name),
                    "remove the empty Environment= line", find_reset(after, path));
  }
  const EffectiveVariable& winner = found->second;
  if (winner.source.file == path || winner.value == wanted.value) return std::nullopt;
  return conflict(fmt::format("{}={} would not be in force: {} sets it to {}", wanted.name,
                              masked_value(wanted.name, wanted.value), winner.source.directive,
                              masked_value(wanted.name, winner.value)),
                  removal_hint(after, wanted.name, winner.source), locate(after, winner.source));
}

// ExecStart=/usr/bin/env NAME=VALUE ollama serve.
std::optional<Error> find_in_command(const UnitSnapshot& after, const DropInVariable& wanted) {
  for (const ExecCommand& command : exec_start_of(after)) {
    for (const Assignment& own : command.variables) {
      if (own.name != wanted.name || own.value == wanted.value) continue;
      return conflict(
          fmt::format("{}={} would not be in force: ExecStart sets it to {}", wanted.name,
                      masked_value(wanted.name, wanted.value), masked_value(own.name, own.value)),
          fmt::format("take {} out of that line: sudoedit {}", own.name,
                      shell_word(own.source.file)),
          locate(after, own.source));
    }
  }
  return std::nullopt;
}

// The last TimeoutStartSec= that is not ours.
std::optional<Location> find_start_timeout(const UnitSnapshot& after, const std::string& path) {
  std::optional<Location> found;
  for (const UnitFile& file : after.files) {
    for (const Directive& directive : file.directives) {
      const bool sets = directive.key == "TimeoutStartSec" || directive.key == "TimeoutSec";
      if (directive.section != "Service" || !sets || file.path == path) continue;
      found = locate(file, directive.position);
    }
  }
  return found;
}

std::optional<Error> find_lost_gate(const UnitSnapshot& after, const Gate& wanted,
                                    const std::string& path) {
  const auto commands = exec_commands_of(after, "ExecStartPre");
  const bool there = std::ranges::any_of(
      commands, [&](const auto& command) { return command.text == gate_command(wanted); });
  if (!there) {
    return conflict("the gate would not be in force: a later ExecStartPre= takes it away",
                    "remove the empty ExecStartPre= line", find_reset(after, path, "ExecStartPre"));
  }
  const std::uint64_t timeout = start_timeout_of(after, wanted.start_timeout);
  if (timeout >= wanted.needed_timeout()) return std::nullopt;
  return conflict(fmt::format("the gate may take {} s, but a later TimeoutStartSec= ends every "
                              "start after {}",
                              wanted.seconds, render_timeout(timeout)),
                  fmt::format("make it at least {}, or wait for less time with --wait-for-gpus=",
                              render_timeout(wanted.needed_timeout())),
                  find_start_timeout(after, path));
}

Error no_exec_start(const UnitSnapshot& snapshot, const std::string& id) {
  const std::string message = fmt::format("{} has no ExecStart= that systemd can see", id);
  for (const UnitFile& file : snapshot.files) {
    if (auto glued = find_glued_header(file)) {
      return conflict(message + ": a section header is not alone on its line",
                      "put the header on a line of its own", std::move(glued));
    }
  }
  return conflict(message, "add one, or look for lines that stand outside [Service]",
                  Location{snapshot.on_disk.fragment, 0, 0, ""});
}

// What keeps one of our settings out of force.
std::optional<Error> find_beaten(const UnitSnapshot& after, const DropInVariable& variable,
                                 const std::string& path) {
  if (auto unset = find_unset(after, variable)) return unset;
  if (auto winner = find_winner(after, variable, path)) return winner;
  return find_in_command(after, variable);
}

// The first of them, with the places of all the others: one run tells everything.
std::optional<Error> find_all_beaten(const UnitSnapshot& after, const DropIn& wanted,
                                     const std::string& path) {
  std::optional<Error> first;
  bool others = false;
  for (const DropInVariable& variable : wanted.variables) {
    auto beaten = find_beaten(after, variable, path);
    if (!first) {
      first = std::move(beaten);
    } else if (beaten && beaten->location) {
      first->hint += fmt::format("{} {}:{} ({})", others ? "," : "; the same for",
                                 beaten->location->file, beaten->location->line, variable.name);
      others = true;
    }
  }
  return first;
}

std::string where_else(const std::vector<std::string>& similar) {
  if (similar.empty()) {
    return "is Ollama installed as a service? Another unit is named with --unit NAME, a user's own "
           "(Homebrew's) with --user --unit NAME";
  }
  std::string names;
  for (const std::string& name : similar) {
    names += (names.empty() ? "" : ", or ") + ("--unit " + shell_word(name));
  }
  return "name the one that is meant: " + names;
}

}  // namespace

std::optional<Error> find_conflict(const UnitSnapshot& after, const DropIn& wanted,
                                   const std::string& path) {
  if (auto fault = find_unit_fault(after, after.on_disk.id)) return fault;
  if (auto name = find_unreadable_name(after)) return name;
  if (wanted.empty()) return std::nullopt;
  if (auto mask = find_mask(after, path)) return mask;
  if (auto beaten = find_all_beaten(after, wanted, path)) return beaten;
  if (wanted.gate) {
    if (auto lost = find_lost_gate(after, *wanted.gate, path)) return lost;
  }
  for (const std::string& name : wanted.unset) {
    const auto still = after.effective.variables.find(name);
    if (still == after.effective.variables.end()) continue;
    return conflict(fmt::format("{} would still reach the process", name),
                    "a later UnsetEnvironment= takes ours back; remove it",
                    locate(after, still->second.source));
  }
  return std::nullopt;
}

std::optional<Error> find_unreadable_name(const UnitSnapshot& snapshot) {
  for (const std::string& path : snapshot.on_disk.drop_ins) {
    if (is_valid_utf8(path)) continue;
    return conflict(fmt::format("systemd cannot answer for {}: the name of a drop-in is no UTF-8",
                                snapshot.on_disk.id),
                    "give that file another name", Location{path, 0, 0, ""});
  }
  return std::nullopt;
}

std::optional<Error> find_unit_fault(const UnitSnapshot& snapshot, const std::string& id) {
  switch (snapshot.on_disk.load_state) {
    case LoadState::not_found:
      return Error{Errc::not_found, fmt::format("cannot find the unit {}", id),
                   where_else(snapshot.similar)};
    case LoadState::masked:
      return conflict(fmt::format("{} is masked", id),
                      fmt::format("unmask it first: sudo systemctl unmask {}", shell_word(id)),
                      Location{snapshot.on_disk.fragment, 0, 0, ""});
    case LoadState::loaded:
    case LoadState::bad_setting:
    case LoadState::error:
      break;
  }
  if (snapshot.fragment_broken_at) {
    return conflict(fmt::format("systemd does not load {}: its file breaks off here", id),
                    "mend that line; systemd ignores everything after it",
                    snapshot.fragment_broken_at);
  }
  if (exec_start_of(snapshot).empty()) {
    return no_exec_start(snapshot, id);
  }
  if (const auto& refused = snapshot.service_fault) {
    return conflict(fmt::format("systemd refuses {}: {}", id, refused->message), refused->hint,
                    refused->place);
  }
  return std::nullopt;
}

}  // namespace ollama_gpu
