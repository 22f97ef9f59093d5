// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "ollama_gpu/app/report.hpp"
#include "ollama_gpu/core/drop_in/evidence.hpp"
#include "ollama_gpu/core/drop_in/gate.hpp"
#include "ollama_gpu/core/drop_in/plan.hpp"
#include "ollama_gpu/core/gpu/gpu.hpp"
#include "ollama_gpu/core/systemd/environment.hpp"
#include "ollama_gpu/presentation/paint.hpp"
#include "ollama_gpu/presentation/printable.hpp"
#include "ollama_gpu/presentation/style.hpp"

namespace ollama_gpu {

// A blank line and a heading.
void heading(std::ostream& out, const Style& style, std::string_view text);

// In text_brief.cpp: those that hold in one line, the others as below.
void write_evidence_briefly(std::ostream& out, const Style& style,
                            const std::vector<Evidence>& evidence, std::size_t indent = 0);

// In text_brief.cpp: the short form of both parts of a change.
void write_plan_briefly(std::ostream& out, const Style& style, const app::ChangeReport& report);
void write_outcome_briefly(std::ostream& out, const Style& style, const app::ChangeReport& report);

// In text_change.cpp: a unified diff.
void write_diff(std::ostream& out, const Style& style, std::string_view diff);

// In text_change.cpp: of a step of a plan; where nothing is done yet and something is pending,
// what makes it so.
Tone tone_of(PlanAction action);
std::string next_step(const app::ChangeReport& report);

// One line per level: mark, level, detail; long details wrap below themselves. `logged`: below it
// the line of Ollama's log that shows it.
void write_evidence(std::ostream& out, const Style& style, const std::vector<Evidence>& evidence,
                    bool logged = false);

void write_warnings(std::ostream& out, const Style& style,
                    const std::vector<std::string>& warnings);

// "3 ok, 1 FAILED, 2 skipped".
std::string count_evidence(const std::vector<Evidence>& evidence);

// "/etc/systemd/system/ollama.service:12", "the service manager", "the process".
std::string place_of(const Source& source);

// ", restarted by systemd 7 times", or nothing.
std::string restarts_of(const app::UnitReport& unit);

// The gate's line on a page.
void write_gate(std::ostream& out, const std::optional<GateInForce>& gate);

// In text_overview.cpp: the service and its GPUs in three lines, and what to type.
void write_overview(std::ostream& out, const Style& style, const app::StatusReport& report);

// "20.1 / 40.0 GiB", or "?" for what could not be read.
std::string memory_of(std::optional<std::uint64_t> used, std::optional<std::uint64_t> total);

// How a GPU's memory is divided, for bars.
struct MemoryParts {
  std::uint64_t own = 0;     // held by Ollama
  std::uint64_t others = 0;  // by whom else
  std::uint64_t free = 0;    // neither held nor kept by the driver for itself
  std::uint64_t total = 0;
};
// Nothing where total or use could not be read.
std::optional<MemoryParts> parts_of(const Gpu& gpu, std::uint64_t held_by_ollama);
std::string bar_of(const Style& style, const MemoryParts& parts, std::size_t width);

std::string_view name_of(Vendor vendor);
std::string_view name_of(GpuFault fault);

// Seconds since the epoch as RFC 3339 writes them: "2026-11-23T16:02:03Z".
std::string utc_time(std::int64_t seconds);

// In text_entry.cpp: several servers and what stands before them.
void write_entry(std::ostream& out, const Style& style, const app::EntryReport& entry);

}  // namespace ollama_gpu
