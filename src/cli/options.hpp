// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ollama_gpu/app/options.hpp"
#include "ollama_gpu/presentation/stream_messages.hpp"

namespace ollama_gpu::cli {

// What the options and operands of every command are bound to.
struct Options {
  bool help = false;
  bool version = false;
  bool json = false;
  ports::Verbosity verbosity = ports::Verbosity::normal;
  std::string color = "auto";
  app::GlobalOptions global = {};
  std::optional<std::string> config = {};  // configure --config
  app::ConfigureOptions configure = {};
  app::ChangeOptions reset = {};
  app::RollbackOptions rollback = {};
  bool list = false;   // rollback --list
  bool watch = false;  // status
  bool all = false;    // settings
  bool toml = false;   // show
  bool brief = false;  // the same, where nothing was typed
  app::ShowOptions show = {};
  app::VerifyOptions verify = {};
  app::StatusOptions status = {};
  app::DoctorOptions doctor = {};
  bool github = false;  // doctor --format github
  app::WaitOptions wait = {Selector{"all", true}, kGateSeconds};
  std::optional<std::string> subject = {};  // the operand of settings, completion and help
};

}  // namespace ollama_gpu::cli
