// SPDX-License-Identifier: MIT
#pragma once

namespace ollama_gpu {

// How a stream is written to: decided once, from options, environment and isatty(3).
struct Style {
  bool terminal = false;  // progress may be redrawn in place
  bool color = false;
  bool utf8 = false;
  unsigned width = 80;  // columns
};

}  // namespace ollama_gpu
