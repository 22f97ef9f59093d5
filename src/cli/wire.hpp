// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "ollama_gpu/app/context.hpp"
#include "ollama_gpu/app/options.hpp"

namespace ollama_gpu::cli {

// What a signal does: it ends a command that changes nothing at once, as usual; one that has
// something to undo (files, a model, the terminal) ends in order.
enum class Signals { end_at_once, end_in_order };

// The live adapters, joined to the context that a command works with. Nothing is connected or
// loaded before it is first used.
class Live {
 public:
  // Errc::not_found where --root is no directory, Errc::usage where --user knows no home.
  static Result<std::unique_ptr<Live>> create(const app::GlobalOptions& global, Signals signals,
                                              ports::Messages& messages);
  virtual ~Live() = default;
  virtual app::Context& context() = 0;
};

}  // namespace ollama_gpu::cli
