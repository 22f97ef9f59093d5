// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ollama_gpu/core/drop_in/gate.hpp"
#include "ollama_gpu/core/result.hpp"
#include "ollama_gpu/core/systemd/environment.hpp"
#include "ollama_gpu/core/systemd/unit_file.hpp"

namespace ollama_gpu {

inline constexpr std::string_view kDropInName = "zz-ollama-gpu.conf";

// The longest NAME=VALUE that execve(2) takes, in bytes (Linux MAX_ARG_STRLEN less the NUL).
inline constexpr std::size_t kMaxAssignment = 131071;

struct DropInVariable {
  std::string name;
  std::string value;
  std::string reason =
      {};  // why we added it on the user's behalf; empty when the user asked for it

  friend bool operator==(const DropInVariable&, const DropInVariable&) = default;
};

// A directive that someone added to our drop-in by hand; kept as it is.
struct ForeignDirective {
  std::string section;
  std::string text;  // "Key=Value"

  friend bool operator==(const ForeignDirective&, const ForeignDirective&) = default;
};

// What several servers behind one address add to the drop-in of the first (core/replicas).
struct ReplicaNote {
  unsigned asked = 0;                      // how many; 0: one per GPU
  std::vector<DropInVariable> alone = {};  // what these variables would be for one server alone
  std::vector<std::string> wants = {};     // the other servers and the entry: they start along
  std::string restart = {};  // Restart= that leaves a crash to the revive unit; empty: as it is

  friend bool operator==(const ReplicaNote&, const ReplicaNote&) = default;
};

// What our drop-in says.
struct DropIn {
  std::string selector = {};  // as typed after --gpus; empty when none
  std::vector<DropInVariable> variables = {};
  std::vector<std::string> unset = {};
  std::optional<Gate> gate = {};
  std::optional<ReplicaNote> replicas = {};
  std::vector<ForeignDirective> foreign = {};

  const DropInVariable* find(std::string_view name) const;
  DropInVariable* find(std::string_view name);
  void put(DropInVariable variable);  // replaces in place, else appends
  bool remove(std::string_view name);
  bool empty() const {
    return variables.empty() && unset.empty() && !gate && !replicas && foreign.empty();
  }
  friend bool operator==(const DropIn&, const DropIn&) = default;
};

// In drop_in_text.cpp: the file's text for a unit. Every value comes back byte for byte through
// systemd's own parser.
std::string render_drop_in(const DropIn& drop_in, std::string_view unit_id);

// Our drop-in as it lies on disk: a hand edit is taken over.
struct ReadDropIn {
  DropIn drop_in = {};
  bool edited_by_hand = false;  // not what some version of this program would have written
  bool damaged = false;         // systemd does not read all of it
};

// Reads it as systemd does, with the notes of its header.
ReadDropIn read_drop_in(const UnitFile& file, const SpecifierTable& specifiers);

// `"NAME=VALUE"` with % doubled and C escapes, as systemd's own writer does (src/core/unit.c).
std::string quote_assignment(std::string_view name, std::string_view value);

// Errc::usage for a name or value that systemd or execve(2) cannot carry.
Result<void> check_carriable(std::string_view name, std::string_view value);

}  // namespace ollama_gpu
