// SPDX-License-Identifier: MIT
#include "cli/screen.hpp"

#include <unistd.h>

#include <cerrno>
#include <string_view>

namespace ollama_gpu::cli {
namespace {

constexpr std::string_view kTake = "\x1b[?1049h\x1b[?25l\x1b[?7l";
constexpr std::string_view kGiveBack = "\x1b[?7h\x1b[?25h\x1b[?1049l";

// Also in a signal handler. A terminal that cannot be written to shows at the next page.
void put(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(STDOUT_FILENO, text.data(), text.size());
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void handle_stop_with(void (*handler)(int), struct sigaction* former) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGTSTP, &action, former);
}

// Stops as without a handler, and goes on here when it is continued. Only calls of
// signal-safety(7).
void on_stop(int signal) {
  const int saved = errno;
  put(kGiveBack);
  handle_stop_with(SIG_DFL, nullptr);
  raise(signal);  // pending: blocked in its own handler
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, signal);
  sigprocmask(SIG_UNBLOCK, &stop, nullptr);
  handle_stop_with(on_stop, nullptr);
  put(kTake);
  errno = saved;
}

}  // namespace

Screen::Screen() {
  put(kTake);
  handle_stop_with(on_stop, &former_);
}

Screen::~Screen() {
  sigaction(SIGTSTP, &former_, nullptr);
  put(kGiveBack);
}

}  // namespace ollama_gpu::cli
