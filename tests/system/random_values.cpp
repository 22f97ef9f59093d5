// SPDX-License-Identifier: MIT
#include "random_values.hpp"

#include <string_view>

namespace ollama_gpu {
namespace {

using Random = std::mt19937_64;

std::uint64_t below(Random& random, std::uint64_t limit) { return random() % limit; }

void append_utf8(std::string& text, std::uint32_t code) {
  const auto byte = [&](std::uint32_t value) { text += static_cast<char>(value); };
  if (code < 0x80) return byte(code);
  if (code < 0x800) {
    byte(0xC0 | code >> 6);
  } else if (code < 0x10000) {
    byte(0xE0 | code >> 12);
    byte(0x80 | (code >> 6 & 0x3F));
  } else {
    byte(0xF0 | code >> 18);
    byte(0x80 | (code >> 12 & 0x3F));
    byte(0x80 | (code >> 6 & 0x3F));
  }
  byte(0x80 | (code & 0x3F));
}

// A character of any plane; no surrogate, no noncharacter (utf8_is_valid refuses those).
std::uint32_t any_character(Random& random) {
  const auto plane = static_cast<std::uint32_t>(below(random, 17));
  const auto code = plane << 16 | static_cast<std::uint32_t>(below(random, 0xFFFE));
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  const bool noncharacter = code >= 0xFDD0 && code <= 0xFDEF;
  return code == 0 || surrogate || noncharacter ? 'x' : code;
}

// What quoting, unescaping, specifiers or line reading could take for their own.
std::string_view trap(Random& random) {
  static constexpr std::string_view kTraps[] = {"\"",      "'",
                                                "\\",      "\\\\",
                                                "%",       "%%",
                                                "%n",      "%i",
                                                "\\x25n",  "\\n",
                                                "\n",      "\r",
                                                "\t",      " ",
                                                "  ",      "$",
                                                "${A}",    "$A",
                                                "#",       " # ",
                                                ";",       "=",
                                                "[",       "]",
                                                "`",       "!",
                                                ",",       "\v",
                                                "\\\n",    "\\u",
                                                "\\777",   "\x7f",
                                                "\x01",    "\xEF\xBB\xBF",
                                                "\x1b[0m", "\\s",
                                                "\\x",     "@"};
  return kTraps[below(random, std::size(kTraps))];
}

std::size_t random_length(Random& random) {
  const std::uint64_t kind = below(random, 1000);
  if (kind == 0) return 20000;  // up to 80,000 bytes and more
  if (kind < 20) return below(random, 2000);
  return below(random, 40);
}

}  // namespace

std::string random_value(Random& random) {
  const std::uint64_t style = below(random, 4);
  std::string value;
  for (std::size_t left = random_length(random); left > 0; --left) {
    switch (style == 3 ? below(random, 3) : style) {
      case 0:
        value += static_cast<char>(1 + below(random, 127));
        break;
      case 1:
        append_utf8(value, any_character(random));
        break;
      default:
        value += trap(random);
    }
  }
  return value;
}

}  // namespace ollama_gpu
