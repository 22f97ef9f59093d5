// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ollama_gpu/core/systemd/unit_snapshot.hpp"

namespace ollama_gpu {

// A [Service] setting: the last value, or every value of a list since its last reset.
struct ServiceSetting {
  std::string value;
  Location place = {};
  Source source = {};
};
std::optional<ServiceSetting> service_setting(const UnitSnapshot& snapshot, std::string_view key);
// The same of [Unit], one value.
std::optional<ServiceSetting> unit_setting(const UnitSnapshot& snapshot, std::string_view key);
std::vector<ServiceSetting> service_settings(const UnitSnapshot& snapshot, std::string_view key);
// systemd's booleans (src/basic/parse-util.c): yes, y, true, t, on, 1 and their opposites.
std::optional<bool> parse_boolean(std::string_view value);
// False where systemd drops the line for its value, of the directives that shut devices and
// directories out; every other key is taken as read. Such lines are no settings above.
bool is_read_by_systemd(std::string_view key, std::string_view value);
bool is_yes(std::string_view value);

}  // namespace ollama_gpu
