// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Small reads of /sys and /proc. What is not there is empty, never an error.
namespace ollama_gpu::sysfs {

// The names in a directory, sorted, without those that start with a dot.
std::vector<std::string> sorted_names(const std::string& path);

// The text of a file without the blanks around it.
std::string field(const std::string& path);

// A whole number and nothing else.
std::optional<std::uint64_t> number(std::string_view text, int base = 10);

// Where a symbolic link leads: the whole path, and its last part.
std::string link_target(const std::string& path);
std::string link_name(const std::string& path);

// ASCII letters only.
std::string lower(std::string text);

}  // namespace ollama_gpu::sysfs
