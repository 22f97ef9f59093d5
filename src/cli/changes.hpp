// SPDX-License-Identifier: MIT
#pragma once

#include "cli/declare.hpp"
#include "ollama_gpu/app/options.hpp"

namespace ollama_gpu::cli {

// Options of every command that changes something: when, and how long, and what if it goes wrong.
void declare_when(Declare& add, app::ChangeOptions& change);
void declare_undoing(Declare& add, app::ChangeOptions& change);

}  // namespace ollama_gpu::cli
