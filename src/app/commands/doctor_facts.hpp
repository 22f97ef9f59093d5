// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "ollama_gpu/app/observe.hpp"
#include "ollama_gpu/core/doctor/doctor.hpp"

namespace ollama_gpu::app {

// What the checks need to know besides the files, read only. What could not be looked at is named
// in `not_seen`.
DoctorFacts look_around(Context& context, const Observation& seen,
                        std::vector<std::string>& not_seen);

// The same, with what the files say.
DoctorFacts collect_facts(Context& context, const Observation& seen,
                          std::vector<std::string>& not_seen);

}  // namespace ollama_gpu::app
