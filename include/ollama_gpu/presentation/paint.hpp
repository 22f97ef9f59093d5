// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "ollama_gpu/core/evidence.hpp"
#include "ollama_gpu/presentation/messages.hpp"

namespace ollama_gpu {

// The meaning of a piece of text; never the only carrier of it.
enum class Tone { plain, bold, dim, good, bad, caution };

// The text in the colour of its tone; as it is where the style has no colour.
std::string paint(const Style& style, Tone tone, std::string_view text);

// "…" where the style has UTF-8, "..." elsewhere.
std::string_view ellipsis(const Style& style);

// A bar of `width` columns, `share` (0 to 1) of it filled.
std::string bar(const Style& style, double share, std::size_t width);

// The tone and the mark ("ok", "FAILED", "pending", "skipped") of an evidence's status.
Tone tone_of(EvidenceStatus status);
std::string_view mark_of(EvidenceStatus status);

}  // namespace ollama_gpu
