// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "ollama_gpu/core/systemd/environment.hpp"

namespace ollama_gpu {

// What systemd refuses in a value, and where in it.
struct ValueFault {
  std::size_t offset = 0;
  std::string message;
};

// Why ExecStart= or one of its like ends the file; nothing where it does not
// (src/core/load-fragment.c, config_parse_exec).
std::optional<ValueFault> find_exec_fault(std::string_view value, const SpecifierTable& specifiers,
                                          unsigned systemd_version);

// How many commands systemd takes from such a value.
std::size_t count_commands(std::string_view value, const SpecifierTable& specifiers,
                           unsigned systemd_version);

// The text with its specifiers; nothing where systemd fails to expand them, or where that is longer
// than `limit` bytes. What cannot be resolved here stays as it is written.
std::optional<std::string> expand_or_fail(std::string_view text, const SpecifierTable& specifiers,
                                          std::size_t limit);

inline constexpr std::size_t kPathLengthMax = 4095;  // PATH_MAX without the NUL

}  // namespace ollama_gpu
