// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ollama_gpu {

// What to write instead, where the runtime would misread this list of devices; nothing when it is
// fine (CUDA programming guide, "CUDA_VISIBLE_DEVICES"; ROCm manual, "GPU isolation").
std::optional<std::string> device_ids_hint(std::string_view name, std::string_view value);

// The list with just a comma between its ids, where blanks, commas or semicolons part them now;
// nothing where something else stands there, an id is missing, or that would be misread too.
std::optional<std::string> joined_ids(std::string_view name, std::string_view value);

// True for 8-4-4-4-12 hexadecimal digits.
bool is_bare_uuid(std::string_view text);

}  // namespace ollama_gpu
