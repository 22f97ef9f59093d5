// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace ollama_gpu::ports {

// How much is said. Errors are said in any case.
enum class Verbosity { quiet, normal, verbose };

// What a command says while it works; its result is a report. Text from outside (journal lines,
// GPU names) may stand in it as it is.
class Messages {
 public:
  virtual ~Messages() = default;
  virtual void note(std::string_view text) = 0;    // what is being done
  virtual void detail(std::string_view text) = 0;  // for those who want to know more
  virtual void warning(std::string_view text) = 0;
  // A wait goes on ("waiting for X"), since when, and how long at most (0: no limit). Seconds.
  virtual void waiting(std::string_view what, double elapsed, double limit) = 0;
  virtual void done_waiting() = 0;
  // Somebody may be watching a wait go on: figures that are costly to get are worth it.
  virtual bool is_watched() const = 0;
};

}  // namespace ollama_gpu::ports
