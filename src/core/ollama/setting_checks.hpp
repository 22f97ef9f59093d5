// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "ollama_gpu/core/ollama/settings.hpp"

namespace ollama_gpu {

// The parts of check_setting(), by a setting's type.
using Check = Result<void>;

// Errc::usage: the setting does not accept the value; `hint` says what to write.
Failure refuse(const Setting& setting, std::string_view value, std::string hint);

// In check_host.cpp: an address that Ollama would listen at as it is meant.
Check check_host(const Setting& setting, std::string_view value);

// In check_text.cpp: words and lists that Ollama, CUDA or llama-server read by rules of their own.
Check check_text(const Setting& setting, std::string_view value);
Check check_list(const Setting& setting, std::string_view value);

// The version that HSA_OVERRIDE_GFX_VERSION takes for "gfx1030" or "1030": 10.3.0; empty for
// others.
std::string gfx_version_of(std::string_view name);

}  // namespace ollama_gpu
