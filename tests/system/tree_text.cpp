// SPDX-License-Identifier: MIT
#include <cstdio>

#include "unit_trees.hpp"

namespace ollama_gpu {

std::string c_literal(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      result += "\\n";
    } else if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (byte < 0x20 || byte >= 0x7F) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\%03o", static_cast<unsigned>(byte));
      result += escape;
    } else {
      result += c;
    }
  }
  return result + "\"";
}

std::string print(const UnitTree& tree) {
  std::string text = "seed " + std::to_string(tree.seed) + "\n";
  for (const TreeEntry& entry : tree.entries) {
    text += "  " + entry.path;
    if (entry.kind == TreeEntry::Kind::directory) text += "/";
    if (entry.kind == TreeEntry::Kind::link) text += " -> " + entry.content;
    if (entry.kind == TreeEntry::Kind::file) text += ": " + c_literal(entry.content);
    text += "\n";
  }
  return text;
}

}  // namespace ollama_gpu
