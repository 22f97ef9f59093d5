// SPDX-License-Identifier: MIT
#include "system/processes/cpu_time.hpp"

#include <unistd.h>

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

double cpu_time_of(const std::string& proc, const std::vector<int>& pids) {
  double ticks = 0;
  for (const int pid : pids) {
    const std::string text =
        read_small_file(proc + '/' + std::to_string(pid) + "/stat").value_or("");
    // The second field is the command in parentheses, and may hold anything.
    const std::size_t command_end = text.rfind(')');
    if (command_end == std::string::npos) continue;
    std::istringstream fields(text.substr(command_end + 1));
    std::string skipped;
    for (int field = 3; field < 14; ++field) fields >> skipped;
    double user = 0;
    double system = 0;
    if (fields >> user >> system) ticks += user + system;
  }
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace ollama_gpu
