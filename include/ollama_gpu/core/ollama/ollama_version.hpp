// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "ollama_gpu/core/ollama/settings.hpp"

namespace ollama_gpu {

struct OllamaVersion {
  unsigned major = 0;
  unsigned minor = 0;
  unsigned patch = 0;
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 sees a pointer in the generated code
  friend auto operator<=>(const OllamaVersion&, const OllamaVersion&) = default;
};
// Of "0.24.0", also with "-rc1" behind it; nothing for other texts and for 0.0.0: everyone's own
// build calls itself that.
std::optional<OllamaVersion> parse_ollama_version(std::string_view text);

// The first that runs models in llama-server: cache types go there unchecked, Vulkan is on, and one
// GPU or all of them is the choice (llm/llama_server.go).
inline constexpr OllamaVersion kLlamaServer{0, 30, 0};

// The newest whose settings the table of settings was held against.
inline constexpr OllamaVersion kNewestKnown{0, 34, 4};

// How a version treats a setting that other versions read.
enum class Reading { read, no_longer, not_yet };
Reading reading_of(const Setting& setting, const OllamaVersion& version);

// "Ollama 0.24.0 does not read OLLAMA_GO_TEMPLATE, which came with 0.30.0"; nothing where that
// version reads it, or is not known.
std::optional<std::string> why_unread(const Setting& setting, std::string_view version);

}  // namespace ollama_gpu
