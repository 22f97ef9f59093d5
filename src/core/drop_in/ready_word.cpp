// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/drop_in/ready_word.hpp"

#include <fmt/format.h>

#include "core/systemd/service_setting.hpp"
#include "ollama_gpu/core/systemd/exec_start.hpp"

namespace ollama_gpu {

std::optional<Error> find_ready_fault(const UnitSnapshot& snapshot) {
  const auto commands = exec_start_of(snapshot);
  if (commands.empty() || !commands.front().program.ends_with("/ollama")) return std::nullopt;
  const auto type = service_setting(snapshot, "Type");
  if (!type || !type->value.starts_with("notify")) return std::nullopt;
  return Error{Errc::conflict,
               fmt::format("Type={}: Ollama never says that it is ready", type->value),
               "write Type=exec in a drop-in", type->place};
}

}  // namespace ollama_gpu
