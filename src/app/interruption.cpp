// SPDX-License-Identifier: MIT
#include "app/interruption.hpp"

#include <fmt/format.h>

#include <csignal>

namespace ollama_gpu::app {

namespace {

const char* signal_name(int number) {
  switch (number) {
    case SIGINT:
      return "SIGINT";
    case SIGTERM:
      return "SIGTERM";
    case SIGHUP:
      return "SIGHUP";
    case SIGQUIT:
      return "SIGQUIT";
    default:
      return "a signal";
  }
}

}  // namespace

std::optional<Error> interruption(const Context& context) {
  const int signal = context.clock.pending_signal();
  if (signal == 0) return std::nullopt;
  return Error{Errc::interrupted, fmt::format("interrupted by {}", signal_name(signal)), "",
               std::nullopt, signal};
}

}  // namespace ollama_gpu::app
