// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/ollama/ollama_version.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

#include "core/text/ascii.hpp"

namespace ollama_gpu {

namespace {

// "0.24" is before 0.25: what is not written counts as the greatest.
bool is_after(const OllamaVersion& version, std::string_view until) {
  const auto last = parse_ollama_version(until);
  if (!last) return false;
  const bool to_patch = split_at(until, '.').size() > 2;
  if (to_patch) return version > *last;
  return std::pair(version.major, version.minor) > std::pair(last->major, last->minor);
}

}  // namespace

std::optional<OllamaVersion> parse_ollama_version(std::string_view text) {
  const std::size_t end = text.find_first_not_of("0123456789.");
  const std::vector<std::string_view> parts = split_at(text.substr(0, end), '.');
  std::array<unsigned, 3> numbers = {};
  constexpr std::uint64_t kMost = 1'000'000;
  for (std::size_t i = 0; i < parts.size() && i < numbers.size(); ++i) {
    const auto number = parse_decimal(parts[i]);
    if (!number || *number > kMost) return std::nullopt;
    numbers[i] = static_cast<unsigned>(*number);
  }
  const OllamaVersion version{numbers[0], numbers[1], numbers[2]};
  if (version == OllamaVersion{}) return std::nullopt;  // 0.0.0: built from source
  return version;
}

Reading reading_of(const Setting& setting, const OllamaVersion& version) {
  if (!setting.until.empty() && is_after(version, setting.until)) return Reading::no_longer;
  const auto since = parse_ollama_version(setting.since);
  return since && version < *since ? Reading::not_yet : Reading::read;
}

std::optional<std::string> why_unread(const Setting& setting, std::string_view version) {
  const auto parsed = parse_ollama_version(version);
  if (!parsed) return std::nullopt;
  switch (reading_of(setting, *parsed)) {
    case Reading::read:
      break;
    case Reading::no_longer:
      return fmt::format("Ollama {} no longer reads {}", version, setting.name);
    case Reading::not_yet:
      return fmt::format("Ollama {} does not read {}, which came with {}", version, setting.name,
                         setting.since);
  }
  return std::nullopt;
}

}  // namespace ollama_gpu
