// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "ollama_gpu/core/result.hpp"
#include "ollama_gpu/core/systemd/environment.hpp"

namespace ollama_gpu::ports {

// What this host is: for specifiers and for messages.
class Host {
 public:
  virtual ~Host() = default;
  // Specifiers that the host decides (machine id, host name, user, directories; unit-printf.c).
  virtual SpecifierTable specifiers() const = 0;
  virtual bool systemd_running() const = 0;  // sd_booted(3)
  virtual bool is_root() const = 0;
  virtual unsigned user_id() const = 0;   // effective
  virtual unsigned group_id() const = 0;  // effective
  // The file of the program that runs, every link followed. Errc::failed where it is gone.
  virtual Result<std::string> own_program() const = 0;
};

}  // namespace ollama_gpu::ports
