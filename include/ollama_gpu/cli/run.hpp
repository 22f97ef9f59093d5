// SPDX-License-Identifier: MIT
#pragma once

namespace ollama_gpu::cli {

// The whole program; returns its exit code.
int run(int argc, const char* const* argv);

// Reports an exception that should never have come, as the user asked for errors; exit code 1.
int report_exception(int argc, const char* const* argv, const char* what);

}  // namespace ollama_gpu::cli
