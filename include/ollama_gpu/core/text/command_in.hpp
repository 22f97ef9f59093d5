// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace ollama_gpu {

// The first command that an advice names, to be run as it stands: what follows ": " or a "see " at
// its head, or the whole, up to "; " or ", ", where it begins with a program that advices name.
// Empty: it names none.
std::string command_in(std::string_view advice);

}  // namespace ollama_gpu
