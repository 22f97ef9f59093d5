// SPDX-License-Identifier: MIT
#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "ollama_gpu/core/result.hpp"
#include "ollama_gpu/ports/messages.hpp"
#include "ollama_gpu/presentation/style.hpp"

namespace ollama_gpu {

// Messages and progress on a stream (stderr). On a terminal a wait is one line redrawn in place; in
// a pipe one line when it starts and one every ten seconds; nothing when quiet except errors.
class StreamMessages final : public ports::Messages {
 public:
  StreamMessages(std::ostream& out, Style style, ports::Verbosity verbosity)
      : out_(out), style_(style), verbosity_(verbosity) {}

  void note(std::string_view text) override;
  void detail(std::string_view text) override;
  void warning(std::string_view text) override;
  void waiting(std::string_view what, double elapsed, double limit) override;
  void done_waiting() override;
  bool is_watched() const override { return style_.terminal; }

  void error(const Error& error);  // message, place with a caret, hint

 private:
  std::ostream& out_;
  Style style_;
  ports::Verbosity verbosity_;
  std::string waiting_for_ = {};
  double last_shown_ = 0;
};

}  // namespace ollama_gpu
