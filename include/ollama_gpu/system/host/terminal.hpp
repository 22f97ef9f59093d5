// SPDX-License-Identifier: MIT
#pragma once

#include <csignal>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu {

// What the kernel says of a stream.
struct StreamFacts {
  bool terminal = false;
  unsigned columns = 0;  // 0: unknown
  unsigned rows = 0;
};
StreamFacts facts_of(int descriptor);

// A variable of our own environment.
std::optional<std::string> own_variable(const char* name);

// Makes sure that descriptors 0, 1 and 2 are open, so that no file of ours can become one of them;
// what was closed then fails on use. A closed pipe is an error of write(2) from now on.
void open_standard_streams();

// Writes all of a text to standard output; a full disk or a reader that went away is Errc::failed.
Result<void> write_out(std::string_view text);

// Asks on standard error and reads a line of standard input: whether it begins with y or Y. No
// answer (its end, or `stopped`, looked at each tenth of a second) is a no.
bool ask(std::string_view question, const std::function<bool()>& stopped);

// The terminal on standard output while it is ours: the other screen, no cursor, long lines cut
// (xterm's control sequences, "DEC Private Mode Set"), keys read at once and not shown where
// standard input is that terminal too. Ctrl-Z gives it back until fg. One at a time.
class Screen {
 public:
  Screen();
  ~Screen();
  bool is_quit();  // q was typed
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

 private:
  struct sigaction former_ = {};
};

}  // namespace ollama_gpu
