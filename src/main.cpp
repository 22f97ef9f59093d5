// SPDX-License-Identifier: MIT
#include <cstdio>
#include <exception>
#include <new>

#include "cli/run.hpp"

int main(int argc, char** argv) {
  try {
    return ollama_gpu::cli::run(argc, argv);
  } catch (const std::bad_alloc&) {
    std::fputs("error: out of memory\n", stderr);
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "error: %s\n", exception.what());
  }
  return 1;
}
