// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu {

// usage_usec of a cpu.stat (cgroup v2), in seconds; Errc::failed where it does not say it.
Result<double> cpu_time_in_stat(const std::string& text, const std::string& path);

}  // namespace ollama_gpu
