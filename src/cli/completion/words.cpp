// SPDX-License-Identifier: MIT
#include "cli/completion/words.hpp"

#include <fmt/format.h>

#include <algorithm>

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

std::string setting_values(const Program& program, const Setting& setting) {
  switch (setting.type) {
    case SettingType::boolean:
    case SettingType::tri_state:
      return "0 1";
    case SettingType::cache_type:
      return spaced(program.find_option("--kv-cache-type")->extra->values);
    case SettingType::duration:
      return "-1 5m 1h 24h";
    case SettingType::host:
      return "127.0.0.1 0.0.0.0";
    default:
      return "";
  }
}

}  // namespace

void append_word(std::string& out, std::string_view word) {
  if (!out.empty()) out += ' ';
  out += word;
}

std::string command_words() {
  std::string out;
  for (const Command* command : all_commands()) append_word(out, command->name);
  return out;
}

std::vector<OptionView> options_for(const Program& program, const Command* command) {
  std::vector<OptionView> out;
  if (command != nullptr) out = program.options_of(command);
  for (OptionView& option : program.options_of(nullptr)) out.push_back(std::move(option));
  return out;
}

std::vector<OptionView> every_option(const Program& program) {
  std::vector<OptionView> out;
  const auto add = [&out](OptionView& option) {
    if (std::ranges::find(out, option.name, &OptionView::name) == out.end()) {
      out.push_back(std::move(option));
    }
  };
  for (const Command* command : all_commands()) {
    for (OptionView& option : program.options_of(command)) add(option);
  }
  for (OptionView& option : program.options_of(nullptr)) add(option);
  return out;
}

std::string option_words(const Program& program, const Command* command) {
  std::string out;
  for (const OptionView& option : options_for(program, command)) {
    append_word(out, option.name);
    if (!option.letter.empty()) append_word(out, option.letter);
  }
  return out;
}

std::string setting_words() {
  std::string out;
  for (const Setting& setting : known_settings()) append_word(out, setting.name);
  return out;
}

std::string value_cases(const Program& program, std::string_view format) {
  std::string out;
  for (const Setting& setting : known_settings()) {
    const std::string values = setting_values(program, setting);
    if (!values.empty()) out += fmt::format(fmt::runtime(format), setting.name, values);
  }
  return out;
}

bool takes_gpus(const OptionView& option) { return option.value_name == "SELECTOR"; }

std::string value_words(const Program& program, const OptionView& option) {
  if (option.name == "--unset") return setting_words();
  if (option.name == "--ignore") return code_words();
  if (!option.extra->values.empty() || option.is_flag()) return spaced(option.extra->values);
  const Setting* setting = find_setting(option.extra->variable);
  return setting != nullptr ? setting_values(program, *setting) : std::string();
}

std::string operand_words(const Program& program, const Command& command) {
  const auto operands = program.operands_of(command);
  if (!operands) return "";
  if (command.name == "rollback") return fmt::format("$({})", kGenerations);
  const std::string fixed = spaced(operands->extra->values);
  if (command.name == "help") return fixed + ' ' + command_words() + ' ' + code_words();
  return fixed.empty() ? setting_words() : fixed;
}

}  // namespace ollama_gpu::cli
