// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/replicas/unit_fit.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/systemd/service_setting.hpp"
#include "core/systemd/time_span.hpp"
#include "ollama_gpu/core/ollama/go_values.hpp"

namespace ollama_gpu {

std::optional<Error> find_unfit(const UnitSnapshot& snapshot) {
  const std::string& unit = snapshot.on_disk.id;
  // Each server would be a user of its own, and systemd would give the models to them in turn.
  const auto dynamic = service_setting(snapshot, "DynamicUser");
  if (dynamic && is_yes(dynamic->value) && !service_setting(snapshot, "User")) {
    return Error{
        Errc::conflict,
        fmt::format("{} runs as a user that systemd makes up for it (DynamicUser= without "
                    "User=): several servers would be several users, and share no models",
                    unit),
        fmt::format("give it a user's name: sudo systemctl edit {}, [Service], User=ollama", unit),
        dynamic->place};
  }
  if (const auto runtime = service_setting(snapshot, "RuntimeDirectory")) {
    const auto keeps = service_setting(snapshot, "RuntimeDirectoryPreserve");
    if (!keeps || !is_yes(keeps->value)) {
      return Error{Errc::conflict,
                   fmt::format("{} has a RuntimeDirectory=: the first server that stops would take "
                               "it away from the others",
                               unit),
                   "add RuntimeDirectoryPreserve=yes below it", runtime->place};
    }
  }
  return std::nullopt;
}

std::string restart_policy(const UnitSnapshot& snapshot) {
  const auto setting = service_setting(snapshot, "Restart");
  return setting ? setting->value : "no";
}

double restart_delay(const UnitSnapshot& snapshot) {
  constexpr double kDefault = 0.1;  // DefaultRestartSec=
  const auto setting = service_setting(snapshot, "RestartSec");
  const auto span = setting ? parse_time_span(setting->value) : std::nullopt;
  return span && *span != kNoLimit ? static_cast<double>(*span) / 1e6 : kDefault;
}

unsigned parallel_in(const std::optional<std::string>& value) {
  const auto number = value ? parse_go_uint(*value) : std::nullopt;
  constexpr std::uint64_t kMost = 1024;
  return static_cast<unsigned>(std::clamp<std::uint64_t>(number.value_or(1), 1, kMost));
}

}  // namespace ollama_gpu
