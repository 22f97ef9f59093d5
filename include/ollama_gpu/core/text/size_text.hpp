// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

namespace ollama_gpu {

// "512 B", "1.5 GiB": three digits at most.
std::string format_size(std::uint64_t bytes);

}  // namespace ollama_gpu
