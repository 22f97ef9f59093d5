// SPDX-License-Identifier: MIT
// Just enough JSON to read a request: one object's own members.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace ollama_standin {

struct JsonMember {
  bool is_string = false;
  std::string text;  // a string's value, anything else as it was written
};

using JsonObject = std::map<std::string, JsonMember, std::less<>>;

std::optional<JsonObject> parse_object(std::string_view text);

// A member's text; empty where it is not there.
std::string text_of(const JsonObject& object, std::string_view key);

}  // namespace ollama_standin
