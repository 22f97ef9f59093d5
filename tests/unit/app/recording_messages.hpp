// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ollama_gpu/ports/messages.hpp"

namespace ollama_gpu {

// Keeps what is said, line by line: "note: ...", "warning: ...". A wait that goes on under the same
// words is one line.
class RecordingMessages : public ports::Messages {
 public:
  bool watched = false;
  std::vector<std::string> lines = {};

  void note(std::string_view text) override { add("note: ", text); }
  void detail(std::string_view text) override { add("detail: ", text); }
  void warning(std::string_view text) override { add("warning: ", text); }
  void waiting(std::string_view what, double /*elapsed*/, double /*limit*/) override {
    if (waiting_for_ != what) add("waiting: ", what);
    waiting_for_ = what;
  }
  void done_waiting() override { waiting_for_.clear(); }
  bool is_watched() const override { return watched; }

  std::string text() const {
    std::string all;
    for (const std::string& line : lines) all += line + "\n";
    return all;
  }

 private:
  void add(const char* kind, std::string_view text) {
    lines.push_back(std::string(kind).append(text));
  }

  std::string waiting_for_ = {};
};

}  // namespace ollama_gpu
