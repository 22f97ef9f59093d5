// SPDX-License-Identifier: MIT
#include "service_setting.hpp"

#include <algorithm>
#include <array>

#include "value_text.hpp"

namespace ollama_gpu {

std::vector<ServiceSetting> service_settings(const UnitSnapshot& snapshot, std::string_view key) {
  std::vector<ServiceSetting> settings;
  for (const UnitFile& file : snapshot.files) {
    for (const Directive& directive : file.directives) {
      if (directive.section != "Service" || directive.key != key) continue;
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

std::optional<ServiceSetting> service_setting(const UnitSnapshot& snapshot, std::string_view key) {
  const std::vector<ServiceSetting> settings = service_settings(snapshot, key);
  if (settings.empty()) return std::nullopt;
  return settings.back();
}

bool is_yes(std::string_view value) {
  constexpr std::array<std::string_view, 6> kYes{"yes", "y", "true", "t", "on", "1"};
  const std::string lower = ascii_lower(value);
  return std::find(kYes.begin(), kYes.end(), lower) != kYes.end();
}

}  // namespace ollama_gpu
