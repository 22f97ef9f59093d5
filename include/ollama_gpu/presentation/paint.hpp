// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "ollama_gpu/core/drop_in/evidence.hpp"
#include "ollama_gpu/presentation/style.hpp"

namespace ollama_gpu {

// The meaning of a piece of text; never the only carrier of it.
enum class Tone { plain, bold, dim, good, bad, caution };

// The text in the colour of its tone; as it is where the style has no colour.
std::string paint(const Style& style, Tone tone, std::string_view text);

// "…" where the style has UTF-8, "..." elsewhere.
std::string_view ellipsis(const Style& style);

// A bar of `width` columns (and two brackets without UTF-8) with two parts, shares of the whole
// from 0 to 1; a part that is not nothing has at least one column.
std::string bar(const Style& style, double own, double others, std::size_t width);

// What the parts of a bar are: "█ Ollama  ▒ others  ░ free".
std::string bar_legend(const Style& style, std::string_view own, std::string_view others);

// The tone and the mark ("ok", "FAILED", "pending", "skipped") of an evidence's status.
Tone tone_of(EvidenceStatus status);
std::string_view mark_of(EvidenceStatus status);

}  // namespace ollama_gpu
