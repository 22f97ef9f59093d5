// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu::cli {

class Declare;
class Session;
struct Given;
struct Options;

struct Command {
  std::string_view name;
  std::string_view summary;      // one line
  std::string_view description;  // for its --help
  std::string_view examples;     // one per line
  // Its options, and its operands; null: none.
  void (*declare)(Declare& add, Options& options);
  // What is left to check or to put together once they are bound; null: nothing. Errc::usage.
  Result<void> (*read)(Options& options, const std::vector<Given>& given);
  int (*run)(Session& session);  // gives the exit code
};

std::span<const Command> all_commands();
const Command* find_command(std::string_view name);

// What the rows name. In configure.cpp:
void declare_configure(Declare& add, Options& options);
Result<void> read_configure(Options& options, const std::vector<Given>& given);
int run_configure(Session& session);

// In changes.cpp:
void declare_reset(Declare& add, Options& options);
int run_reset(Session& session);
void declare_rollback(Declare& add, Options& options);
int run_rollback(Session& session);
void declare_doctor(Declare& add, Options& options);
Result<void> read_doctor(Options& options, const std::vector<Given>& given);
int run_doctor(Session& session);

// In looks.cpp:
void declare_status(Declare& add, Options& options);
int run_status(Session& session);
void declare_show(Declare& add, Options& options);
int run_show(Session& session);
void declare_verify(Declare& add, Options& options);
int run_verify(Session& session);
int run_gpus(Session& session);
void declare_settings(Declare& add, Options& options);
int run_settings(Session& session);
void declare_wait(Declare& add, Options& options);
Result<void> read_wait(Options& options, const std::vector<Given>& given);
int run_wait(Session& session);

// In help.cpp and completion/script.cpp:
void declare_help(Declare& add, Options& options);
int run_help(Session& session);
void declare_completion(Declare& add, Options& options);
int run_completion(Session& session);

}  // namespace ollama_gpu::cli
