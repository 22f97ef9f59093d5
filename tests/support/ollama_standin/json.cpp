// SPDX-License-Identifier: MIT
#include "ollama_standin/json.hpp"

#include <cctype>
#include <cstdlib>

namespace ollama_standin {

namespace {

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::optional<JsonObject> object() {
    JsonObject members;
    if (!take('{')) return std::nullopt;
    if (take('}')) return members;
    do {
      const auto key = string();
      if (!key || !take(':')) return std::nullopt;
      const auto member = value();
      if (!member) return std::nullopt;
      members[*key] = *member;
    } while (take(','));
    if (!take('}')) return std::nullopt;
    return members;
  }

 private:
  char next() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  bool take(char expected) {
    if (next() != expected) return false;
    ++at_;
    return true;
  }

  std::optional<std::string> string() {
    if (!take('"')) return std::nullopt;
    std::string value;
    for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        value += escaped(text_[++at_]);
      } else {
        value += text_[at_];
      }
    }
    if (!take('"')) return std::nullopt;
    return value;
  }

  std::string escaped(char c) {
    switch (c) {
      case 'n':
        return "\n";
      case 't':
        return "\t";
      case 'r':
        return "\r";
      case 'u':
        return code_point();
      default:
        return {c};
    }
  }

  // Four hexadecimal digits; what lies beyond them (a surrogate) is a question mark.
  std::string code_point() {
    if (at_ + 4 >= text_.size()) return "?";
    const auto code = std::strtoul(std::string(text_.substr(at_ + 1, 4)).c_str(), nullptr, 16);
    at_ += 4;
    const auto tail = [code](unsigned shift) {
      return static_cast<char>(0x80U | ((code >> shift) & 0x3FU));
    };
    if (code >= 0xD800 && code < 0xE000) return "?";
    if (code < 0x80) return {static_cast<char>(code)};
    if (code < 0x800) return {static_cast<char>(0xC0U | (code >> 6U)), tail(0)};
    return {static_cast<char>(0xE0U | (code >> 12U)), tail(6), tail(0)};
  }

  std::optional<JsonMember> value() {
    if (next() == '"') {
      const auto text = string();
      if (!text) return std::nullopt;
      return JsonMember{true, *text};
    }
    const std::size_t start = at_;
    if (!skip()) return std::nullopt;
    return JsonMember{false, std::string(text_.substr(start, at_ - start))};
  }

  // Past a number, a word, an array or an object.
  bool skip() {
    int depth = 0;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        if (depth == 0 || !string()) return false;
        --at_;
      } else if (c == '{' || c == '[') {
        ++depth;
      } else if (c == '}' || c == ']') {
        if (depth-- == 0) return true;
      } else if (c == ',' && depth == 0) {
        return true;
      }
    }
    return depth == 0;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<JsonObject> parse_object(std::string_view text) { return Reader(text).object(); }

std::string text_of(const JsonObject& object, std::string_view key) {
  const auto found = object.find(key);
  return found == object.end() ? std::string() : found->second.text;
}

}  // namespace ollama_standin
