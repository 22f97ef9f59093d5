// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace ollama_gpu {

// One C escape, decoded: the bytes it stands for and how many characters it takes.
struct DecodedEscape {
  std::string bytes;
  std::size_t length = 0;
};

// Decodes the escape whose backslash stands just before `text` (src/basic/escape.c, cunescape_one).
// Nothing for an escape that systemd does not know, or one that stands for NUL.
std::optional<DecodedEscape> decode_escape(std::string_view text, unsigned systemd_version);

}  // namespace ollama_gpu
