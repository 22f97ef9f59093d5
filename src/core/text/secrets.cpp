// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/text/secrets.hpp"

#include <algorithm>
#include <array>

#include "core/text/ascii.hpp"

namespace ollama_gpu {

namespace {

constexpr std::string_view kMask = "***";
constexpr std::string_view kNameBytes =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";

// Where the value that starts at `start` ends: at the quote that was opened before its name, else
// at a blank that no quote of its own encloses.
std::size_t end_of_value(std::string_view text, std::size_t start, char outer) {
  char open = outer;
  for (std::size_t i = start; i < text.size(); ++i) {
    const char byte = text[i];
    if (byte == '\n') return i;
    if (byte == '\\') {
      ++i;
    } else if (byte == open && open != '\0') {
      if (outer != '\0') return i;
      open = '\0';
    } else if (open == '\0' && (byte == '"' || byte == '\'')) {
      open = byte;
    } else if (open == '\0' && (byte == ' ' || byte == '\t')) {
      return i;
    }
  }
  return text.size();
}

char quote_before(std::string_view text, std::size_t name) {
  const char byte = name > 0 ? text[name - 1] : '\0';
  return byte == '"' || byte == '\'' ? byte : '\0';
}

}  // namespace

bool looks_secret(std::string_view name) {
  constexpr std::array<std::string_view, 6> kParts{"KEY",        "TOKEN",  "SECRET",
                                                   "CREDENTIAL", "PASSWD", "PASSWORD"};
  const std::string text = ascii_upper(name);
  return std::ranges::any_of(kParts,
                             [&](std::string_view part) { return text.find(part) != text.npos; });
}

bool gives_secret_away(std::string_view name, std::string_view value) {
  return looks_secret(name) || without_userinfo(value) != value;
}

std::string masked_value(std::string_view name, std::string_view value) {
  return looks_secret(name) ? std::string(kMask) : without_userinfo(value);
}

std::string without_userinfo(std::string_view text) {
  std::string out;
  std::size_t from = 0;
  while (true) {
    const std::size_t slashes = text.find("//", from);
    if (slashes == std::string_view::npos) return out.append(text.substr(from));
    const std::size_t start = slashes + 2;
    const std::size_t end = std::min(text.find_first_of("/?#, \n", start), text.size());
    const std::size_t at = text.substr(0, end).rfind('@');
    out.append(text.substr(from, start - from));
    from = start;
    if (at == std::string_view::npos || at < start) continue;
    out += kMask;
    from = at;
  }
}

std::string mask_assignments(std::string_view text) {
  std::string out;
  std::size_t from = 0;
  for (std::size_t equals = text.find('='); equals != std::string_view::npos;
       equals = text.find('=', equals + 1)) {
    if (equals < from) continue;  // within a value that is masked already
    std::size_t end = equals;     // of the name: `NAME = "value"` in TOML
    while (end > from && text[end - 1] == ' ') --end;
    std::size_t name = end;
    while (name > from && kNameBytes.find(text[name - 1]) != std::string_view::npos) --name;
    if (!looks_secret(text.substr(name, end - name))) continue;
    std::size_t value = equals + 1;
    while (end < equals && value < text.size() && text[value] == ' ') ++value;
    out.append(text.substr(from, value - from)).append(kMask);
    from = end_of_value(text, value, quote_before(text, name));
  }
  return without_userinfo(out.append(text.substr(from)));
}

std::string mask_line(std::string_view line) {
  std::string masked = mask_assignments(line);
  constexpr std::string_view kCapitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  for (std::size_t at = 0; (at = masked.find_first_of(kCapitals, at)) != masked.npos;) {
    const std::size_t end = std::min(masked.find_first_not_of(kCapitals, at), masked.size());
    const std::string_view name = std::string_view(masked).substr(at, end - at);
    const std::size_t value = masked.find_first_not_of(" \t:", end);
    const bool apart = value != masked.npos && value > end && masked[value] != '=';
    if (apart && looks_secret(name)) return masked.substr(0, value).append(kMask);
    at = end;
  }
  return masked;
}

}  // namespace ollama_gpu
