// SPDX-License-Identifier: MIT
#include "core/ollama/slog_line.hpp"

#include <optional>
#include <set>
#include <vector>

#include "core/text/ascii.hpp"
#include "ollama_gpu/core/ollama/ollama_log.hpp"
#include "ollama_gpu/core/ollama/settings.hpp"

namespace ollama_gpu {

namespace {

using Values = std::map<std::string, std::string>;

unsigned hex_value(char c) {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  return static_cast<unsigned>((c >= 'a' ? c - 'a' : c - 'A') + 10);
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | (code >> 6U));
    put(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    put(0xE0U | (code >> 12U));
    put(0x80U | ((code >> 6U) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  } else if (code < 0x110000) {
    put(0xF0U | (code >> 18U));
    put(0x80U | ((code >> 12U) & 0x3FU));
    put(0x80U | ((code >> 6U) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  }
}

// \xNN, \uNNNN and \UNNNNNNNN, behind the letter; false where digits are missing.
bool take_hex_escape(std::string_view& text, char letter, std::string& out) {
  const std::size_t digits = letter == 'x' ? 2 : letter == 'u' ? 4 : 8;
  if (text.size() < digits) return false;
  std::uint32_t code = 0;
  for (const char c : text.substr(0, digits)) {
    if (!is_hex_digit(c)) return false;
    code = code * 16 + hex_value(c);
  }
  text.remove_prefix(digits);
  if (letter == 'x') {
    out += static_cast<char>(code);
  } else {
    append_utf8(out, code);
  }
  return true;
}

bool take_escape(std::string_view& text, std::string& out) {
  constexpr std::string_view kLetters = "abfnrtv\\\"'";
  constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\\"'";
  if (text.empty()) return false;
  const char letter = text.front();
  text.remove_prefix(1);
  if (letter == 'x' || letter == 'u' || letter == 'U') return take_hex_escape(text, letter, out);
  const std::size_t known = kLetters.find(letter);
  if (known == std::string_view::npos) return false;
  out += kMeanings[known];
  return true;
}

// A text in the form of Go's strconv.Quote, with the quote already taken; nothing where it does
// not end (the journal cuts very long lines).
std::optional<std::string> take_quoted(std::string_view& text) {
  std::string out;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '"') return out;
    if (c != '\\') {
      out += c;
    } else if (!take_escape(text, out)) {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

std::optional<std::string> take_value(std::string_view& text) {
  if (text.starts_with('"')) {
    text.remove_prefix(1);
    std::optional<std::string> value = take_quoted(text);
    return value && (text.empty() || text.front() == ' ') ? value : std::nullopt;
  }
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string value(text.substr(0, end));
  text.remove_prefix(end);
  return value.find('"') == std::string::npos ? std::optional(value) : std::nullopt;
}

// The key before the next '=', or nothing where a word without one stands.
std::optional<std::string> take_key(std::string_view& text) {
  const std::size_t end = text.find_first_of("= \"");
  if (end == std::string_view::npos || end == 0 || text[end] != '=') return std::nullopt;
  std::string key(text.substr(0, end));
  text.remove_prefix(end + 1);
  return key;
}

// The pairs at the start of `text`. The first of two with the same key counts; what follows a
// broken one is left.
Values take_pairs(std::string_view text) {
  Values values;
  while (!text.empty()) {
    if (text.front() == ' ') {
      text.remove_prefix(1);
      continue;
    }
    const std::optional<std::string> key = take_key(text);
    if (!key) break;
    std::optional<std::string> value = take_value(text);
    if (!value) break;
    values.emplace(*key, std::move(*value));
  }
  return values;
}

// True for "2025/04/09 19:36:55 ".
bool starts_with_date(std::string_view text) {
  constexpr std::string_view kShape = "0000/00/00 00:00:00 ";
  if (text.size() < kShape.size()) return false;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    if (kShape[i] == '0' ? !is_digit(text[i]) : text[i] != kShape[i]) return false;
  }
  return true;
}

// The default handler's line: the message is what stands before the first key=value.
LogLine parse_default_handler(std::string_view line) {
  constexpr std::size_t kDateLength = 20;
  line.remove_prefix(kDateLength);
  for (const std::string_view level : {" INFO ", " WARN ", " ERROR ", " DEBUG "}) {
    const std::size_t at = line.find(level);
    if (at == std::string_view::npos || at > line.find(' ')) continue;
    std::string_view rest = line.substr(at + level.size());
    std::size_t start = rest.size();
    for (std::size_t word = 0; word < rest.size();) {
      const std::size_t end = std::min(rest.find(' ', word), rest.size());
      const std::size_t equals = rest.substr(word, end - word).find('=');
      if (equals != std::string_view::npos && equals > 0) {
        start = word;
        break;
      }
      word = end + 1;
    }
    LogLine result;
    result.message = std::string(rest.substr(0, start));
    while (result.message.ends_with(' ')) result.message.pop_back();
    result.values = take_pairs(rest.substr(start));
    return result;
  }
  return {};
}

// True for the name of a variable that "server config" shows: those we know, and whatever later
// versions add under Ollama's own prefix.
bool is_logged_name(std::string_view name) {
  if (find_setting(name) != nullptr) return true;
  if (!name.starts_with("OLLAMA_") || name.size() == 7) return false;
  return name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == name.npos;
}

// Positions of the keys in the text of a map.
std::vector<std::size_t> key_positions(std::string_view text) {
  constexpr std::size_t kLongestName = 64;
  std::vector<std::size_t> positions;
  for (std::size_t word = 0; word < text.size();) {
    const std::size_t end = text.find_first_of(": ", word);
    if (end == std::string_view::npos) break;
    if (text[end] == ':' && end - word <= kLongestName &&
        is_logged_name(text.substr(word, end - word))) {
      positions.push_back(word);
    }
    const std::size_t next = text.find(' ', end);
    if (next == std::string_view::npos) break;
    word = next + 1;
  }
  return positions;
}

}  // namespace

std::map<std::string, std::string> parse_slog_line(std::string_view line) {
  Values values = take_pairs(line);
  if (!values.contains("msg")) return {};
  return values;
}

LogLine parse_log_line(std::string_view line) {
  if (starts_with_date(line)) return parse_default_handler(line);
  LogLine result;
  result.values = parse_slog_line(line);
  const auto message = result.values.find("msg");
  if (message != result.values.end()) result.message = message->second;
  return result;
}

std::map<std::string, std::string> parse_go_map(std::string_view text) {
  Values values;
  std::set<std::string> ambiguous;
  const std::vector<std::size_t> positions = key_positions(text);
  for (std::size_t i = 0; i < positions.size(); ++i) {
    const bool last = i + 1 == positions.size();
    const std::size_t end = last ? text.size() : positions[i + 1] - 1;
    const std::string_view pair = text.substr(positions[i], end - positions[i]);
    const std::size_t colon = pair.find(':');
    const std::string key(pair.substr(0, colon));
    // A name that comes twice stands in some variable's value: which one is real cannot be told.
    if (!values.emplace(key, pair.substr(colon + 1)).second) ambiguous.insert(key);
  }
  for (const std::string& key : ambiguous) values.erase(key);
  return values;
}

}  // namespace ollama_gpu
