// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "ollama_gpu/core/systemd/unit_name.hpp"

namespace ollama_gpu {

// Specifier letter -> its text, for the letters that could be resolved (src/core/unit-printf.c).
using SpecifierTable = std::map<char, std::string>;

// In a table: a letter that systemd fails to expand here, which drops the word.
inline constexpr std::string_view kFailingSpecifier{"\0", 1};

// The letters that follow from the unit's name alone: f i I j J n N p P.
SpecifierTable specifiers_of(const UnitName& name);

// The specifiers of one unit. systemd reads a fragment under the name it was asked for and learns
// only then that this is an alias: the drop-ins have the unit's own name (src/core/load-fragment.c,
// unit_load_fragment).
struct UnitSpecifiers {
  std::string fragment = {};  // its path; empty where there is none
  SpecifierTable in_fragment = {};
  SpecifierTable in_drop_ins = {};

  const SpecifierTable& in(const std::string& file) const {
    return !fragment.empty() && file == fragment ? in_fragment : in_drop_ins;
  }
};

// The result of expanding %-specifiers in a word.
struct Expansion {
  enum class Status { ok, invalid, unresolved };
  Status status = Status::ok;
  std::string text = {};   // unresolved specifiers are left as they stand
  std::size_t offset = 0;  // of the specifier at fault
};
Expansion expand_specifiers(std::string_view text, const SpecifierTable& table);

}  // namespace ollama_gpu
