// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>

namespace ollama_gpu::cli {

class Declare;
class Session;
struct Options;

struct Command {
  std::string_view name;
  std::string_view summary;                         // one line
  std::string_view description;                     // for its --help
  std::string_view examples;                        // one per line
  void (*declare)(Declare& add, Options& options);  // its options and operands; null: none
  int (*run)(Session& session);                     // gives the exit code
};

// In the order of --help; name(s) as typed. Each stands in the file of its kind: configure.cpp,
// changes.cpp, looks.cpp, help.cpp, completion/script.cpp.
std::span<const Command* const> all_commands();
const Command* find_command(std::string_view name);

extern const Command kConfigure, kReset, kRollback, kDoctor;
extern const Command kStatus, kShow, kVerify, kGpus, kSettings, kWait;
extern const Command kCompletion, kHelp;

}  // namespace ollama_gpu::cli
