// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace ollama_gpu {

// A value that systemd can carry: any text in UTF-8 without NUL and noncharacters, weighted towards
// what quoting gets wrong. Usually short, now and then up to 100,000 bytes.
std::string random_value(std::mt19937_64& random);

}  // namespace ollama_gpu
