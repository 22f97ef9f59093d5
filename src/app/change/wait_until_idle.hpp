// SPDX-License-Identifier: MIT
#pragma once

#include "ollama_gpu/app/observe.hpp"

namespace ollama_gpu::app {

// Waits until the running service seems idle, for at most `limit` seconds (core/ollama/activity.hpp
// says how that is judged); three quiet seconds are enough. Errc::busy, Errc::interrupted.
Result<void> wait_until_idle(Context& context, const Observation& seen, double limit);

}  // namespace ollama_gpu::app
