// SPDX-License-Identifier: MIT
#pragma once

#include "ollama_gpu/app/observe.hpp"

namespace ollama_gpu::app {

// True when our drop-in is not what the newest change left there: somebody edited it by hand. Where
// no change is known, its own text tells.
bool edited_since_last_change(const Observation& seen);

// What our drop-in says and what it said after earlier changes.
std::vector<DropIn> known_drop_ins(const Observation& seen);

// When at the latest systemd had loaded our drop-in as it is (microseconds since the epoch): at its
// last reload, or when our last change left it so, which ends with a reload. 0: not known.
std::uint64_t loaded_usec(const Observation& seen);

// The newest change that left a drop-in of ours, where there is none now: somebody took it away
// (systemctl revert does).
std::optional<std::uint64_t> change_taken_away(const Observation& seen);

// In words: a change that a crashed run left half done, which the next change will put back first.
std::optional<std::string> interrupted_change(const Observation& seen);

// True when one of our changes created the drop-in's directory.
bool made_directory(const Observation& seen);

}  // namespace ollama_gpu::app
