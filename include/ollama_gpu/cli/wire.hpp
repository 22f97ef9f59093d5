// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "ollama_gpu/app/context.hpp"
#include "ollama_gpu/cli/arguments.hpp"

namespace ollama_gpu::cli {

// The live adapters, joined to the context that a command works with. Nothing is connected or
// loaded before it is first used.
class Live {
 public:
  // Errc::not_found where --root is no directory, Errc::usage where --user knows no home.
  static Result<std::unique_ptr<Live>> create(const Invocation& invocation,
                                              ports::Messages& messages);
  virtual ~Live() = default;
  virtual app::Context& context() = 0;
};

}  // namespace ollama_gpu::cli
