// SPDX-License-Identifier: MIT
#pragma once

namespace ollama_gpu::cli {

// The whole program; returns its exit code. An exception that should never have come is reported as
// the user asked for errors; only std::bad_alloc goes through.
int run(int argc, const char* const* argv);

}  // namespace ollama_gpu::cli
