// SPDX-License-Identifier: MIT
#include "core/systemd/service_setting.hpp"

#include <array>

#include "core/text/ascii.hpp"
#include "ollama_gpu/core/contains.hpp"

namespace ollama_gpu {

namespace {

std::vector<ServiceSetting> settings_in(const UnitSnapshot& snapshot, std::string_view section,
                                        std::string_view key) {
  std::vector<ServiceSetting> settings;
  for (const UnitFile& file : snapshot.files) {
    for (const Directive& directive : file.directives) {
      if (directive.section != section || directive.key != key) continue;
      if (directive.value.empty()) {
        settings.clear();
      } else {
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

bool is_yes(std::string_view value) { return parse_boolean(value) == true; }

}  // namespace ollama_gpu
