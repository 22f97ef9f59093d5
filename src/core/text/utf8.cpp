// SPDX-License-Identifier: MIT
#include <cstdint>

#include "core/systemd/words.hpp"

namespace ollama_gpu {
namespace {

struct Sequence {
  std::size_t length = 0;  // 0: not a lead byte
  std::uint32_t bits = 0;  // what the lead byte carries
  std::uint32_t minimum = 0;
};

Sequence classify(unsigned char lead) {
  if (lead < 0x80) return {1, lead, 0};
  if ((lead & 0xE0U) == 0xC0) return {2, lead & 0x1FU, 0x80};
  if ((lead & 0xF0U) == 0xE0) return {3, lead & 0x0FU, 0x800};
  if ((lead & 0xF8U) == 0xF0) return {4, lead & 0x07U, 0x10000};
  return {};
}

// systemd refuses noncharacters too, unlike most decoders (src/basic/utf8.c, unichar_is_valid).
bool is_character(std::uint32_t code) {
  if (code >= 0x110000) return false;
  if (code >= 0xD800 && code <= 0xDFFF) return false;
  if (code >= 0xFDD0 && code <= 0xFDEF) return false;
  return (code & 0xFFFEU) != 0xFFFE;
}

// Length of the valid sequence at `offset`, or 0.
std::size_t valid_length(std::string_view text, std::size_t offset) {
  const Sequence sequence = classify(static_cast<unsigned char>(text[offset]));
  if (sequence.length == 0 || text.size() - offset < sequence.length) return 0;
  std::uint32_t code = sequence.bits;
  for (std::size_t i = 1; i < sequence.length; ++i) {
    const auto byte = static_cast<unsigned char>(text[offset + i]);
    if ((byte & 0xC0U) != 0x80) return 0;
    code = (code << 6U) | (byte & 0x3FU);
  }
  return code >= sequence.minimum && is_character(code) ? sequence.length : 0;
}

}  // namespace

std::optional<std::size_t> first_invalid_utf8(std::string_view text) {
  std::size_t offset = 0;
  while (offset < text.size()) {
    const std::size_t length = valid_length(text, offset);
    if (length == 0) return offset;
    offset += length;
  }
  return std::nullopt;
}

bool is_valid_utf8(std::string_view text) { return !first_invalid_utf8(text).has_value(); }

}  // namespace ollama_gpu
