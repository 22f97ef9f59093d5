// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace ollama_gpu::cli {

// The command line as kept with a generation: values that look like secrets are replaced by ***.
std::string masked_command_line(const std::vector<std::string>& arguments);

}  // namespace ollama_gpu::cli
