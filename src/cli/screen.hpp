// SPDX-License-Identifier: MIT
#pragma once

#include <csignal>

namespace ollama_gpu::cli {

// The terminal on standard output while it is ours: the other screen, no cursor, long lines cut
// (xterm's control sequences, "DEC Private Mode Set"). Ctrl-Z gives it back until fg. One at a
// time.
class Screen {
 public:
  Screen();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

 private:
  struct sigaction former_ = {};
};

}  // namespace ollama_gpu::cli
