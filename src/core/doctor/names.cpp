// SPDX-License-Identifier: MIT
// OG208 to OG210: variables that this Ollama does not read.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/doctor/parts.hpp"
#include "core/text/ascii.hpp"
#include "ollama_gpu/core/ollama/ollama_version.hpp"
#include "ollama_gpu/core/systemd/exec_start.hpp"
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

constexpr std::array<std::string_view, 5> kCommandKeys{"ExecStart", "ExecStartPre", "ExecStartPost",
                                                       "ExecReload", "ExecStop"};

// A command of the unit's own takes it ($OLLAMA_ARGS).
bool is_taken_by_command(const Examination& exam, const std::string& name) {
  return std::ranges::any_of(kCommandKeys, [&](std::string_view key) {
    const auto commands = exec_commands_of(exam.snapshot, key);
    return std::ranges::any_of(commands, [&](const ExecCommand& command) {
      return command.text.find(name) != std::string::npos;
    });
  });
}

// ipex-llm's Ollama reads names of its own, such as OLLAMA_NUM_GPU (its ollama_quickstart.md).
bool is_ipex_llm(const Examination& exam) {
  for (const ExecCommand& command : exec_start_of(exam.snapshot)) {
    if (contains_ignoring_case(command.text, "ipex")) return true;
  }
  const auto directory = service_setting(exam.snapshot, "WorkingDirectory");
  return directory && contains_ignoring_case(directory->value, "ipex");
}

// A wrapper's script may read it, and so may an Ollama that is newer than this program.
bool may_be_read(const Examination& exam) {
  const auto commands = exec_start_of(exam.snapshot);
  const auto version = parse_ollama_version(exam.facts.ollama_version);
  return commands.empty() || !commands.front().program.ends_with("/ollama") ||
         (version && *version > kNewestKnown);
}

void examine_unread_name(const Examination& exam, const std::string& name,
                         const EffectiveVariable& variable) {
  const auto advice = advice_on_unread(name);
  if (!advice || variable.source.file.empty() || is_taken_by_command(exam, name)) return;
  if (is_ipex_llm(exam) || !container_program(exam.snapshot).empty()) return;
  Finding& found = exam.add("OG208", fmt::format("no Ollama is known to read {}", name), *advice,
                            locate(exam.snapshot, variable.source));
  found.severity = may_be_read(exam) ? Severity::info : Severity::warning;
}

void examine_version(const Examination& exam, const Setting& setting,
                     const EffectiveVariable& variable) {
  const auto version = parse_ollama_version(exam.facts.ollama_version);
  const auto why = why_unread(setting, exam.facts.ollama_version);
  if (!version || !why) return;
  const bool gone = reading_of(setting, *version) == Reading::no_longer;
  exam.add(gone ? FindingCode("OG209") : FindingCode("OG210"), *why,
           gone ? fmt::format("take it away (ollama-gpu settings {})", setting.name)
                : std::string("update Ollama, or take it away"),
           locate(exam.snapshot, variable.source));
}

// Our own OLLAMA_VULKAN=0 and the like are written whatever the version.
bool is_added_by_us(const Examination& exam, const std::string& name,
                    const EffectiveVariable& variable) {
  if (!exam.facts.drop_in || variable.source.file != exam.facts.drop_in_path) return false;
  const DropInVariable* written = exam.facts.drop_in->find(name);
  return written != nullptr && !written->reason.empty();
}

}  // namespace

std::string certain_name(const Examination& exam, const std::string& name) {
  const auto meant = near_miss(name);
  if (!meant || letters_of(name) != letters_of(*meant)) return "";
  return exam.variable(*meant) == nullptr ? *meant : "";
}

void examine_names(const Examination& exam) {
  for (const auto& [name, variable] : exam.snapshot.effective.variables) {
    const Setting* setting = find_setting(name);
    if (setting == nullptr) {
      if (near_miss(name)) {
        examine_near_miss(exam, name, variable);
      } else {
        examine_unread_name(exam, name, variable);
      }
      continue;
    }
    if (!is_added_by_us(exam, name, variable)) examine_version(exam, *setting, variable);
  }
}

}  // namespace ollama_gpu
