// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ollama_gpu/core/result.hpp"
#include "ollama_gpu/ports/file_system.hpp"
#include "ollama_gpu/ports/generation_result.hpp"

namespace ollama_gpu::ports {

// A file that a change replaced and what it wrote instead; nothing means no file.
struct ReplacedFile {
  std::string path;
  std::optional<FileContent> former = {};
  std::optional<FileContent> written = {};
};

// One change, kept so that it can be undone.
struct Generation {
  std::uint64_t id = 0;      // from 1; 0 before it is stored
  std::int64_t time = 0;     // seconds since the epoch
  std::string command = {};  // the command line, secrets masked
  GenerationResult result = GenerationResult::pending;
  std::string unit = {};
  bool made_directory = false;  // the change created the drop-in's directory
  std::vector<ReplacedFile> files = {};
};

// Held while a change is made; released on destruction.
class Lock {
 public:
  virtual ~Lock() = default;
};

// Where locks and generations are kept (/var/lib/ollama-gpu, $XDG_STATE_HOME/ollama-gpu with
// --user).
class StateStore {
 public:
  using Seconds = std::chrono::duration<double>;
  // Called again and again while another process holds the lock: its pid and command line. False
  // gives up, with Errc::interrupted.
  using OnWait = std::function<bool(int pid, const std::string& command)>;

  virtual ~StateStore() = default;
  // Errc::busy naming the holder when not free within `timeout`.
  virtual Result<std::unique_ptr<Lock>> lock(const std::string& unit_id, Seconds timeout,
                                             const OnWait& on_wait) = 0;
  // Durable when it returns; gives the generation its id. Prunes all but the newest 20.
  virtual Result<std::uint64_t> store(const Generation& generation) = 0;
  // Durable when it returns.
  virtual Result<void> set_result(const std::string& unit_id, std::uint64_t id,
                                  GenerationResult result) = 0;
  // Oldest first. A damaged one is left out and named in `damaged`.
  virtual Result<std::vector<Generation>> list(const std::string& unit_id,
                                               std::vector<std::string>& damaged) const = 0;
};

}  // namespace ollama_gpu::ports
