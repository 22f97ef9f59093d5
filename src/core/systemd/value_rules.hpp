// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ollama_gpu {

// True for NAME=VALUE as systemd accepts it (src/basic/env-util.c, env_assignment_is_valid).
bool is_environment_assignment(std::string_view text);

// The path without doubled slashes, "." and slashes at its end; nothing unless it is absolute,
// valid and without ".." (since 257 those at its start are dropped) (src/shared/parse-helpers.c,
// path_simplify_and_warn).
std::optional<std::string> simplify_path(std::string_view path, unsigned systemd_version);

// Components of at most 255 bytes, 4095 in all (src/basic/path-util.c, path_is_valid).
bool is_valid_path(std::string_view path);

// No control characters, quotes, backslashes (src/basic/string-util.c, string_is_safe).
bool is_safe_string(std::string_view text);

// src/basic/path-util.c, filename_is_valid()
bool is_file_name(std::string_view name);

}  // namespace ollama_gpu
