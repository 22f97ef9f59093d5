// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/text/command_in.hpp"

#include <algorithm>
#include <array>

namespace ollama_gpu {

namespace {

bool begins_command(std::string_view text) {
  constexpr std::array<std::string_view, 9> kPrograms{"sudo ",      "ollama-gpu ", "ollama ",
                                                      "systemctl ", "journalctl ", "nvidia-smi",
                                                      "cat ",       "ls ",         "free "};
  return std::ranges::any_of(kPrograms,
                             [&](std::string_view program) { return text.starts_with(program); });
}

// "sudo mv FILE DIRECTORY" is to be completed first.
bool is_pattern(std::string_view command) {
  return command.find("...") != command.npos || command.find("\u2026") != command.npos;
}

}  // namespace

std::string command_in(std::string_view advice) {
  constexpr std::string_view kBefore = ": ";
  constexpr std::string_view kSee = "see ";
  for (std::size_t at = 0; at < advice.size();) {
    const std::string_view rest = advice.substr(at);
    if (begins_command(rest)) {
      const std::string_view command = rest.substr(0, std::min(rest.find("; "), rest.find(", ")));
      return is_pattern(command) ? "" : std::string(command);
    }
    const bool see = at == 0 && advice.starts_with(kSee);
    const std::size_t next = see ? 0 : advice.find(kBefore, at);
    if (next == advice.npos) break;
    at = see ? kSee.size() : next + kBefore.size();
  }
  return "";
}

}  // namespace ollama_gpu
