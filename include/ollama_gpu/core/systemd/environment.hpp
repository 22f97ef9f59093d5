// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ollama_gpu/core/systemd/specifiers.hpp"
#include "ollama_gpu/core/systemd/unit_file.hpp"

namespace ollama_gpu {

// Where a value comes from: a directive in a unit file, a line of an environment file, or (with an
// empty file) the manager itself.
struct Source {
  std::string file;
  std::size_t line = 0;
  std::size_t column = 0;
  std::string directive;  // "Environment", "EnvironmentFile", "DefaultEnvironment"...

  friend bool operator==(const Source&, const Source&) = default;
};

struct Assignment {
  std::string name;
  std::string value;
  Source source = {};
};

// A word or line of an environment directive that systemd drops.
struct DroppedText {
  std::string file;
  Position position = {};
  std::string directive;
  std::string message;
};

struct NamedSource {
  std::string text;  // a variable's name (or NAME=VALUE for UnsetEnvironment), or a path
  Source source = {};
};

struct EnvironmentFileReference {
  std::string path;
  bool optional = false;  // written with a leading '-'
  Source source = {};
};

// What the [Service] sections of a fragment and its drop-ins say about the environment, merged as
// systemd merges them.
struct UnitEnvironment {
  std::vector<Assignment> environment = {};  // exactly systemd's Environment property, in its order
  std::vector<Assignment> overridden = {};   // assignments that a later one (or a reset) beat
  std::vector<EnvironmentFileReference> environment_files = {};
  std::vector<NamedSource> pass_environment = {};
  std::vector<NamedSource> unset_environment = {};
  std::vector<DroppedText> dropped = {};
  std::vector<NamedSource> unresolved = {};  // words with a specifier we could not resolve
};

// Merges in the order given: the fragment first, then the drop-ins as in UnitOnDisk::drop_ins.
// Rules: systemd.exec(5); src/core/load-fragment.c config_parse_environ and its neighbours.
UnitEnvironment merge_environment(const std::vector<UnitFile>& files,
                                  const UnitSpecifiers& specifiers, unsigned systemd_version = 252);

// In environment_file.cpp: an environment file's text (src/basic/env-file.c). `systemd_version`
// selects the comment rule that changed in 254. `invalid` when systemd refuses the whole file.
struct EnvironmentFile {
  std::string path;
  std::string bytes = {};
  LineTable lines = {};
  std::vector<Assignment> assignments = {};
  std::vector<DroppedText> dropped = {};
  bool invalid = false;
};
EnvironmentFile parse_environment_file(std::string path, std::string_view bytes,
                                       unsigned systemd_version);

// A variable as the process will get it, with everything it beat (last beaten first).
struct EffectiveVariable {
  std::string value;
  Source source = {};
  std::vector<Assignment> overridden = {};
};

struct EffectiveEnvironment {
  std::map<std::string, EffectiveVariable> variables = {};
  // Variables that UnsetEnvironment= takes away, with the directive that does.
  std::map<std::string, NamedSource> unset = {};
};

// In effective_environment.cpp: systemd's final order (src/core/exec-invoke.c): manager,
// PassEnvironment, Environment, EnvironmentFile in order, then UnsetEnvironment. `manager` may be
// empty (no systemd running).
EffectiveEnvironment effective_environment(const UnitEnvironment& unit,
                                           const std::vector<EnvironmentFile>& files,
                                           const std::vector<Assignment>& manager);

// In value_rules.cpp: true for a name that systemd accepts ([A-Za-z_][A-Za-z0-9_]*).
bool is_variable_name(std::string_view name);

}  // namespace ollama_gpu
