// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/systemd/service_setting.hpp"
#include "ollama_gpu/core/doctor/doctor.hpp"
#include "ollama_gpu/core/ollama/settings.hpp"

// The checks, one file a group, and what they share. Each adds what it finds to the list.
namespace ollama_gpu {

struct Examination {
  const UnitSnapshot& snapshot;
  const DoctorFacts& facts;
  std::vector<Finding>& findings;

  // A finding of that kind, with its usual severity and reason.
  Finding& add(std::string_view code, std::string message, std::string remedy,
               Location place) const;
  // The variable's value in the process to be; null where it is not set.
  const EffectiveVariable* variable(const std::string& name) const;
};

void examine_files(const Examination& exam);        // OG101 to OG106
void examine_dropped(const Examination& exam);      // OG107 to OG113, OG604
void examine_unread(const Examination& exam);       // OG114, OG115
void examine_values(const Examination& exam);       // OG2xx
void examine_names(const Examination& exam);        // OG208 to OG211
void examine_gpu_lists(const Examination& exam);    // OG301 to OG307
void examine_devices(const Examination& exam);      // OG308 to OG312
void examine_winners(const Examination& exam);      // OG401 to OG405
void examine_drift(const Examination& exam);        // OG411 to OG413
void examine_risks(const Examination& exam);        // OG501, OG502, OG506
void examine_models_path(const Examination& exam);  // OG503 to OG505
void examine_traces(const Examination& exam);       // OG601 to OG603

// The directive that starts at or goes over this line of a file; null when there is none.
const Directive* directive_at(const UnitFile& file, std::size_t line);
bool is_on_one_line(const UnitFile& file, const Directive& directive);
bool is_drop_in(const UnitSnapshot& snapshot, const std::string& path);

// Byte offset of a place in a text.
std::size_t offset_of(std::string_view bytes, Position position);
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

// The unit lies where Ollama's installer writes it anew on every upgrade, and looks like its work.
bool is_installers_unit(const UnitSnapshot& snapshot);

// Ollama's version as numbers; nothing for development builds and what cannot be read.
struct OllamaVersion {
  unsigned major = 0;
  unsigned minor = 0;
  unsigned patch = 0;
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 sees a pointer in the generated code
  friend auto operator<=>(const OllamaVersion&, const OllamaVersion&) = default;
};
std::optional<OllamaVersion> parse_ollama_version(std::string_view text);

}  // namespace ollama_gpu
