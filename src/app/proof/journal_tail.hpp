// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ollama_gpu/app/context.hpp"

namespace ollama_gpu::app {

// So many of each kind say why a service failed.
inline constexpr std::size_t kJournalLines = 6;

// Why a service failed, in its own words and systemd's: the last lines of the run with this
// invocation id, at most `limit` of each. Where the journal has none under it, those of the unit
// since `since` (seconds since the epoch).
std::vector<std::string> journal_tail(Context& context, const ports::UnitState& state,
                                      const std::string& invocation_id, std::int64_t since,
                                      std::size_t limit);

}  // namespace ollama_gpu::app
