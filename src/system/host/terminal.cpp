// SPDX-License-Identifier: MIT
#include "ollama_gpu/system/host/terminal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace ollama_gpu {
namespace {

constexpr std::string_view kTake = "\x1b[?1049h\x1b[?25l\x1b[?7l";
constexpr std::string_view kGiveBack = "\x1b[?7h\x1b[?25h\x1b[?1049l";

// How keys were read before; a handler can reach nothing but a global.
struct Keys {
  bool taken = false;
  termios former = {};
  termios ours = {};
};
Keys keys;

// Not from the background, where the kernel would stop us.
void take_keys() {
  keys.taken = tcgetpgrp(STDIN_FILENO) == getpgrp() && tcgetattr(STDIN_FILENO, &keys.former) == 0;
  if (!keys.taken) return;
  keys.ours = keys.former;
  keys.ours.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  tcsetattr(STDIN_FILENO, TCSANOW, &keys.ours);
}

void give_keys_back() {
  if (keys.taken) tcsetattr(STDIN_FILENO, TCSANOW, &keys.former);
}

// Also in a signal handler. A terminal that cannot be written to shows at the next page.
void put_on_terminal(std::string_view text) {
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
  give_keys_back();
  put_on_terminal(kGiveBack);
  handle_stop_with(SIG_DFL, nullptr);
  raise(signal);  // pending: blocked in its own handler
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, signal);
  sigprocmask(SIG_UNBLOCK, &stop, nullptr);
  handle_stop_with(on_stop, nullptr);
  take_keys();
  put_on_terminal(kTake);
  errno = saved;
}

}  // namespace

StreamFacts facts_of(int descriptor) {
  StreamFacts facts;
  facts.terminal = isatty(descriptor) == 1;
  winsize size{};
  if (facts.terminal && ioctl(descriptor, TIOCGWINSZ, &size) == 0) {
    facts.columns = size.ws_col;
    facts.rows = size.ws_row;
  }
  return facts;
}

std::optional<std::string> own_variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  if (value == nullptr) return std::nullopt;
  return value;
}

void open_standard_streams() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor) {
    if (fcntl(descriptor, F_GETFD) != -1) continue;
    // The lowest free one is this one; opened for what it is not used for, but stderr for silence.
    const int flags = descriptor == 0 ? O_WRONLY : descriptor == 1 ? O_RDONLY : O_RDWR;
    const int opened = open("/dev/null", flags);  // NOLINT: stays open on purpose
    if (opened == -1) break;
  }
  std::signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c)
}

Result<void> write_out(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      return fail(Errc::failed, fmt::format("cannot write the result: {}", std::strerror(errno)),
                  "the command itself was carried out; only its output is incomplete");
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

bool ask(std::string_view question, const std::function<bool()>& stopped) {
  constexpr int kLook = 100;  // milliseconds
  if (write(STDERR_FILENO, question.data(), question.size()) < 0) return false;
  std::string answer;
  pollfd input{STDIN_FILENO, POLLIN, 0};
  while (!stopped()) {
    char byte = 0;
    const int ready = poll(&input, 1, kLook);
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    if (ready < 0 || read(STDIN_FILENO, &byte, 1) != 1) break;
    if (byte == '\n') return answer.starts_with('y') || answer.starts_with('Y');
    answer += byte;
  }
  put_on_terminal("\n");
  return false;
}

Screen::Screen() {
  take_keys();
  put_on_terminal(kTake);
  handle_stop_with(on_stop, &former_);
}

Screen::~Screen() {
  sigaction(SIGTSTP, &former_, nullptr);
  put_on_terminal(kGiveBack);
  give_keys_back();
  keys.taken = false;
}

bool Screen::is_quit() {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  char key = 0;
  while (keys.taken && poll(&input, 1, 0) == 1) {
    if (read(STDIN_FILENO, &key, 1) != 1) return false;
    if (key == 'q' || key == 'Q') return true;
  }
  return false;
}

}  // namespace ollama_gpu
