// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/doctor/finding_code.hpp"
#include "core/systemd/service_setting.hpp"
#include "ollama_gpu/core/doctor/doctor.hpp"
#include "ollama_gpu/core/ollama/ollama_version.hpp"
#include "ollama_gpu/core/ollama/settings.hpp"

// The checks, and what they share.
namespace ollama_gpu {

struct Examination {
  const UnitSnapshot& snapshot;
  const DoctorFacts& facts;
  std::vector<Finding>& findings;

  // A finding of that kind, with its usual severity and reason.
  Finding& add(FindingCode code, std::string message, std::string remedy, Location place) const;
  // The variable's value in the process to be; null where it is not set.
  const EffectiveVariable* variable(const std::string& name) const;
  // The same, its text alone; nothing where it is not set.
  std::optional<std::string> value(const std::string& name) const;
};

// The checks. Each adds what it finds to the list; its file says in its first line which codes.
// In files.cpp, dropped.cpp, unread.cpp: what systemd does not read as it was meant.
// In values.cpp, names.cpp: what Ollama misreads.
// In split_mode.cpp: what cutting models over GPUs needs.
// In gpus.cpp, devices.cpp, device_policy.cpp, drivers.cpp, llama_devices.cpp: what hides GPUs.
// In winners.cpp, drift.cpp: who wins, and what lags behind.
// In risk.cpp, traces.cpp: what may not end well, and what instructions from the web leave behind.
void examine_files(const Examination& exam);
void examine_dropped(const Examination& exam);
void examine_unread(const Examination& exam);
void examine_values(const Examination& exam);
void examine_names(const Examination& exam);
void examine_gpu_lists(const Examination& exam);
void examine_split_mode(const Examination& exam);
void examine_device_policy(const Examination& exam);
void examine_devices(const Examination& exam);
void examine_drivers(const Examination& exam);
void examine_llama_devices(const Examination& exam);
void examine_winners(const Examination& exam);
void examine_drift(const Examination& exam);
void examine_risks(const Examination& exam);
void examine_models_path(const Examination& exam);
// In shared.cpp: several servers behind one address.
void examine_shared(const Examination& exam);
void examine_traces(const Examination& exam);

// The directive that starts at or goes over this line of a file; null when there is none.
const Directive* directive_at(const UnitFile& file, std::size_t line);
bool is_on_one_line(const UnitFile& file, const Directive& directive);
bool is_drop_in(const UnitSnapshot& snapshot, const std::string& path);

// Takes out the whole line, with its end.
TextEdit cut_line(const UnitFile& file, std::size_t line);
// `from` at that place of a unit file becomes `to`; nothing where other bytes stand there (escapes,
// quotes, another file), so that an edit is never a guess. A quote before it is skipped.
std::optional<Fix> replace_at(const UnitSnapshot& snapshot, const Source& source,
                              std::string_view from, std::string_view to);

// The one right spelling of a value that is misread, or of a name that nobody reads, where there
// can be no other (a name: of the same letters, and not set as well); else empty.
std::string certain_value(const Setting& setting, const std::string& value);
std::string certain_name(const Examination& exam, const std::string& name);

// "/etc/x.conf:3".
std::string at_place(const Source& source);

// What writes the unit anew: "the next upgrade of Ollama" (its installer), or "the next brew
// services start"; empty where the unit is nobody's, or does not look like their work.
std::string_view who_rewrites(const UnitSnapshot& snapshot);

}  // namespace ollama_gpu
