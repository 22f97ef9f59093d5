// SPDX-License-Identifier: MIT
#pragma once

#include <new>

namespace ollama_gpu::app {

// Thrown where memory ran out after a file was written, and again when it was to be put back.
class LeftWritten final : public std::bad_alloc {
 public:
  const char* what() const noexcept override {
    return "out of memory; what was written stays until the next ollama-gpu configure, reset or "
           "rollback, which puts it back before anything else";
  }
};

}  // namespace ollama_gpu::app
