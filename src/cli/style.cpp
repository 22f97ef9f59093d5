// SPDX-License-Identifier: MIT
#include "cli/style.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>

namespace ollama_gpu::cli {
namespace {

constexpr unsigned kNarrowest = 40;
constexpr unsigned kNoLimit = 10000;

bool is_utf8(const Getenv& environment) {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const auto locale = environment(name);
    if (!locale || locale->empty()) continue;
    std::string upper = *locale;
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](unsigned char byte) { return static_cast<char>(std::toupper(byte)); });
    return upper.find("UTF-8") != std::string::npos || upper.find("UTF8") != std::string::npos;
  }
  return false;
}

unsigned width_of(const StreamFacts& facts, const Getenv& environment) {
  if (facts.columns > 0) return std::max(facts.columns, kNarrowest);
  const std::string text = environment("COLUMNS").value_or("");
  unsigned columns = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), columns);
  const bool number = problem == std::errc() && end == text.data() + text.size();
  if (number && columns > 0) return std::clamp(columns, kNarrowest, kNoLimit);
  return facts.terminal ? 80 : kNoLimit;
}

bool has_color(const StreamFacts& facts, std::string_view color, const Getenv& environment) {
  if (color == "always") return true;
  if (color == "never" || !environment("NO_COLOR").value_or("").empty()) return false;
  return facts.terminal && environment("TERM").value_or("dumb") != "dumb";
}

}  // namespace

StreamFacts facts_of(int descriptor) {
  StreamFacts facts;
  facts.terminal = isatty(descriptor) == 1;
  winsize size{};
  if (facts.terminal && ioctl(descriptor, TIOCGWINSZ, &size) == 0) {
    facts.columns = size.ws_col;
    facts.rows = size.ws_row;
  }
  return facts;
}

Style derive_style(const StreamFacts& facts, std::string_view color, const Getenv& environment) {
  Style style;
  // A dumb terminal cannot redraw a line.
  style.terminal = facts.terminal && environment("TERM").value_or("dumb") != "dumb";
  style.color = has_color(facts, color, environment);
  style.utf8 = is_utf8(environment);
  style.width = width_of(facts, environment);
  return style;
}

std::optional<std::string> process_environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  if (value == nullptr) return std::nullopt;
  return value;
}

}  // namespace ollama_gpu::cli
