// SPDX-License-Identifier: MIT
#include <cstdio>
#include <exception>
#include <new>

#include "ollama_gpu/cli/run.hpp"

int main(int argc, char** argv) {
  try {
    return ollama_gpu::cli::run(argc, argv);
  } catch (const std::bad_alloc&) {
    std::fputs("error: out of memory\n", stderr);
  } catch (const std::exception& exception) {
    return ollama_gpu::cli::report_exception(argc, argv, exception.what());
  }
  return 1;
}
