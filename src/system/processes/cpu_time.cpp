// SPDX-License-Identifier: MIT
#include "system/processes/cpu_time.hpp"

#include <sstream>

#include "system/files/file_io.hpp"

namespace ollama_gpu {

Result<double> cpu_time_in_stat(const std::string& text, const std::string& path) {
  std::istringstream words(text);
  std::string key;
  std::uint64_t value = 0;
  while (words >> key >> value) {
    if (key == "usage_usec") return static_cast<double>(value) / 1e6;
  }
  return fail(Errc::failed, "cannot read the CPU time in " + path + ": it has no usage_usec");
}

}  // namespace ollama_gpu
