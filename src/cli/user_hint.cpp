// SPDX-License-Identifier: MIT
#include "cli/user_hint.hpp"

#include <string_view>

namespace ollama_gpu::cli {
namespace {

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

}  // namespace

std::string hint_for_user(std::string hint) {
  if (hint == "run it with sudo") return {};
  replace_all(hint, "sudo ", "");
  for (const std::string_view program : {"systemctl ", "journalctl ", "ollama-gpu "}) {
    replace_all(hint, program, std::string(program) + "--user ");
  }
  replace_all(hint, "--user --user", "--user");
  return hint;
}

}  // namespace ollama_gpu::cli
