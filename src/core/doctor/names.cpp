// SPDX-License-Identifier: MIT
// OG208 to OG210: variables that this Ollama does not read.
#include <fmt/format.h>

#include "core/doctor/parts.hpp"
#include "core/text/ascii.hpp"
#include "ollama_gpu/core/ollama/settings.hpp"
#include "ollama_gpu/core/text/secrets.hpp"

namespace ollama_gpu {

namespace {

std::string letters_of(std::string_view name) {
  std::string letters;
  for (const char c : ascii_upper(name)) {
    if (c != '_') letters += c;
  }
  return letters;
}

std::optional<Fix> fix_name(const Examination& exam, const std::string& name,
                            const EffectiveVariable& variable) {
  const std::string meant = certain_name(exam, name);
  if (meant.empty() || variable.source.directive != "Environment") return std::nullopt;
  return replace_at(exam.snapshot, variable.source, fmt::format("{}={}", name, variable.value),
                    fmt::format("{}={}", meant, variable.value));
}

void examine_near_miss(const Examination& exam, const std::string& name,
                       const EffectiveVariable& variable) {
  const auto meant = near_miss(name);
  // What only resembles a name (KEEP_ALIVE, MODELS) may be somebody else's variable.
  if (!meant || variable.source.file.empty()) return;
  exam.add("OG208", fmt::format("nobody reads {}: did you mean {}?", name, *meant),
           fmt::format("write {}={}", *meant, masked_value(name, variable.value)),
           locate(exam.snapshot, variable.source))
      .fix = fix_name(exam, name, variable);
}

// "0.24" is before 0.25: what is not written counts as the greatest.
bool is_after(const OllamaVersion& version, std::string_view until) {
  const auto last = parse_ollama_version(until);
  if (!last) return false;
  const bool to_patch = split_at(until, '.').size() > 2;
  if (to_patch) return version > *last;
  return std::pair(version.major, version.minor) > std::pair(last->major, last->minor);
}

void examine_version(const Examination& exam, const Setting& setting, const OllamaVersion& version,
                     const EffectiveVariable& variable) {
  const Location place = locate(exam.snapshot, variable.source);
  if (!setting.until.empty() && is_after(version, setting.until)) {
    exam.add("OG209",
             fmt::format("Ollama {} no longer reads {}", exam.facts.ollama_version, setting.name),
             fmt::format("take it away (ollama-gpu settings {})", setting.name), place);
  }
  const auto since = parse_ollama_version(setting.since);
  if (since && version < *since) {
    exam.add("OG210",
             fmt::format("Ollama {} does not read {}, which came with {}",
                         exam.facts.ollama_version, setting.name, setting.since),
             "update Ollama, or take it away", place);
  }
}

}  // namespace

std::string certain_name(const Examination& exam, const std::string& name) {
  const auto meant = near_miss(name);
  if (!meant || letters_of(name) != letters_of(*meant)) return "";
  return exam.variable(*meant) == nullptr ? *meant : "";
}

void examine_names(const Examination& exam) {
  const auto version = parse_ollama_version(exam.facts.ollama_version);
  for (const auto& [name, variable] : exam.snapshot.effective.variables) {
    const Setting* setting = find_setting(name);
    if (setting == nullptr) {
      examine_near_miss(exam, name, variable);
      continue;
    }
    // Our own OLLAMA_VULKAN=0 is written whatever the version.
    const bool ours =
        exam.facts.ours_is_untouched && variable.source.file == exam.facts.drop_in_path;
    if (version && !ours) examine_version(exam, *setting, *version, variable);
  }
}

}  // namespace ollama_gpu
