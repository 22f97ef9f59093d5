// SPDX-License-Identifier: MIT
#include "core/systemd/service_setting.hpp"

#include <algorithm>
#include <array>

#include "core/text/ascii.hpp"
#include "ollama_gpu/core/contains.hpp"

namespace ollama_gpu {

namespace {

// A value as a directive takes it: a boolean, or one of these words.
struct Grammar {
  std::string_view key;
  bool boolean = true;
  std::array<std::string_view, 3> words = {};
};
constexpr std::array<Grammar, 5> kGrammars{{{"PrivateDevices"},
                                            {"PrivateTmp", true, {"disconnected"}},
                                            {"ProtectHome", true, {"read-only", "tmpfs"}},
                                            {"ProtectSystem", true, {"full", "strict"}},
                                            {"DevicePolicy", false, {"auto", "closed", "strict"}}}};

// src/core/load-fragment.c, config_parse_device_allow.
bool is_device_rule(std::string_view value) {
  if (value.find('%') != value.npos) return true;
  const std::size_t blank = std::min(value.find_first_of(" \t"), value.size());
  std::string_view letters = value.substr(blank);
  letters.remove_prefix(std::min(letters.find_first_not_of(" \t"), letters.size()));
  const auto starts = [value](std::string_view prefix) { return value.starts_with(prefix); };
  const bool device = starts("/dev/") || starts("char-") || starts("block-") ||
                      starts("/run/systemd/inaccessible/");
  return device && letters.find_first_not_of("rwm") == letters.npos;
}

std::vector<ServiceSetting> settings_in(const UnitSnapshot& snapshot, std::string_view section,
                                        std::string_view key) {
  std::vector<ServiceSetting> settings;
  for (const UnitFile& file : snapshot.files) {
    for (const Directive& directive : file.directives) {
      if (directive.section != section || directive.key != key) continue;
      if (directive.value.empty()) {
        settings.clear();
      } else if (is_read_by_systemd(key, directive.value)) {
        settings.push_back(
            {directive.value,
             locate(file, directive.position),
             {file.path, directive.position.line, directive.position.column, std::string(key)}});
      }
    }
  }
  return settings;
}

std::optional<ServiceSetting> last_of(const std::vector<ServiceSetting>& settings) {
  if (settings.empty()) return std::nullopt;
  return settings.back();
}

}  // namespace

std::vector<ServiceSetting> service_settings(const UnitSnapshot& snapshot, std::string_view key) {
  return settings_in(snapshot, "Service", key);
}

std::optional<ServiceSetting> service_setting(const UnitSnapshot& snapshot, std::string_view key) {
  return last_of(service_settings(snapshot, key));
}

std::optional<ServiceSetting> unit_setting(const UnitSnapshot& snapshot, std::string_view key) {
  return last_of(settings_in(snapshot, "Unit", key));
}

std::optional<bool> parse_boolean(std::string_view value) {
  constexpr std::array<std::string_view, 6> kYes{"yes", "y", "true", "t", "on", "1"};
  constexpr std::array<std::string_view, 6> kNo{"no", "n", "false", "f", "off", "0"};
  const std::string lower = ascii_lower(value);
  if (contains(kYes, lower)) return true;
  if (contains(kNo, lower)) return false;
  return std::nullopt;
}

bool is_read_by_systemd(std::string_view key, std::string_view value) {
  if (key == "DeviceAllow") return value.empty() || is_device_rule(value);
  const auto* const grammar = std::ranges::find(kGrammars, key, &Grammar::key);
  if (grammar == kGrammars.end() || value.empty()) return true;
  return (grammar->boolean && parse_boolean(value)) || contains(grammar->words, value);
}

bool is_yes(std::string_view value) { return parse_boolean(value) == true; }

}  // namespace ollama_gpu
