// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace ollama_gpu {

// Text from outside (journal lines, GPU names) with control characters made harmless.
std::string printable(std::string_view text);

// JSON on one line, in which a terminal finds no command either: those characters, which can stand
// in strings only, as \uXXXX.
std::string printable_json(std::string_view json);

}  // namespace ollama_gpu
