// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/host/reading_clock.hpp"

#include <chrono>
#include <thread>

namespace ollama_gpu {

ReadingClock::Seconds ReadingClock::now() const {
  return std::chrono::steady_clock::now().time_since_epoch();
}

std::int64_t ReadingClock::unix_seconds() const {
  return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
}

void ReadingClock::sleep(Seconds duration) { std::this_thread::sleep_for(duration); }

}  // namespace ollama_gpu
