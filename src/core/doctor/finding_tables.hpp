// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include "ollama_gpu/core/doctor/finding.hpp"

namespace ollama_gpu {

std::span<const FindingKind> file_findings();     // OG1xx
std::span<const FindingKind> value_findings();    // OG2xx
std::span<const FindingKind> gpu_findings();      // OG3xx
std::span<const FindingKind> service_findings();  // OG4xx to OG6xx

}  // namespace ollama_gpu
