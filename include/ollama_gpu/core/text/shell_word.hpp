// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace ollama_gpu {

// `text` as one word of a command line that is to be pasted: in single quotes where a POSIX shell
// needs them (POSIX.1-2017, XCU 2.2.2).
std::string shell_word(std::string_view text);

}  // namespace ollama_gpu
