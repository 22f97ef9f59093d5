// SPDX-License-Identifier: MIT
#include "completion_words.hpp"

#include <fmt/format.h>

#include "ollama_gpu/core/doctor/finding.hpp"

namespace ollama_gpu::cli {
namespace {

std::string spaced(std::string_view values) {
  std::string out(values);
  for (char& byte : out) {
    if (byte == '|') byte = ' ';
  }
  return out;
}

std::string code_words() {
  std::string out;
  for (const FindingKind& kind : finding_kinds()) append_word(out, kind.code);
  return out;
}

}  // namespace

void append_word(std::string& out, std::string_view word) {
  if (!out.empty()) out += ' ';
  out += word;
}

std::string command_words() {
  std::string out;
  for (const CommandSpec& spec : all_commands()) append_word(out, spec.name);
  return out;
}

std::string option_words(unsigned bit, bool global_only) {
  std::string out;
  for (const OptionSpec& spec : all_options()) {
    if ((spec.commands & bit) == 0 || (global_only && !is_global(spec))) continue;
    append_word(out, spec.name);
    if (!spec.letter.empty()) append_word(out, spec.letter);
  }
  return out;
}

std::string setting_words() {
  std::string out;
  for (const Setting& setting : known_settings()) append_word(out, setting.name);
  return out;
}

std::string setting_values(const Setting& setting) {
  switch (setting.type) {
    case SettingType::boolean:
    case SettingType::tri_state:
      return "0 1";
    case SettingType::cache_type:
      return spaced(find_option("--kv-cache-type")->values);
    case SettingType::duration:
      return "-1 5m 1h 24h";
    case SettingType::host:
      return "127.0.0.1 0.0.0.0";
    default:
      return "";
  }
}

std::string value_cases(std::string_view format) {
  std::string out;
  for (const Setting& setting : known_settings()) {
    const std::string values = setting_values(setting);
    if (!values.empty()) out += fmt::format(fmt::runtime(format), setting.name, values);
  }
  return out;
}

bool takes_gpus(const OptionSpec& spec) { return spec.value_name == "SELECTOR"; }

std::string value_words(const OptionSpec& spec) {
  if (spec.name == "--unset") return setting_words();
  if (spec.name == "--ignore") return code_words();
  if (!spec.values.empty() || !spec.writes || spec.arity == Arity::flag) return spaced(spec.values);
  const Setting* setting = find_setting(spec.writes->variable);
  return setting != nullptr ? setting_values(*setting) : std::string();
}

std::string operand_words(const CommandSpec& spec) {
  if (spec.bit == kRollback) return fmt::format("$({})", kGenerations);
  if (spec.bit == kHelp) return spaced(spec.values) + ' ' + command_words() + ' ' + code_words();
  if (!spec.values.empty()) return spaced(spec.values);
  return spec.max_operands > 0 ? setting_words() : std::string();
}

}  // namespace ollama_gpu::cli
