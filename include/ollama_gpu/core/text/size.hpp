// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ollama_gpu {

// "20GiB", "512MiB", "1000000" -> bytes.
std::optional<std::uint64_t> parse_size(std::string_view text);

// "512 B", "1.5 GiB": three digits at most.
std::string format_size(std::uint64_t bytes);

}  // namespace ollama_gpu
