// SPDX-License-Identifier: MIT
#include "shrink.hpp"

#include <cctype>

namespace ollama_gpu {
namespace {

class Shrinker {
 public:
  Shrinker(UnitTree tree, const std::function<bool(const UnitTree&)>& differs, std::size_t tries)
      : tree_(std::move(tree)), differs_(differs), tries_(tries) {}

  UnitTree run() {
    for (bool smaller = true; smaller && tries_ > 0;) {
      smaller = drop_units();
      smaller = drop_files() || smaller;
      smaller = shorten(&Shrinker::line_end) || smaller;
      smaller = shorten(&Shrinker::word_end) || smaller;
    }
    return std::move(tree_);
  }

 private:
  using PieceEnd = std::size_t (*)(const std::string&, std::size_t);

  bool accept(UnitTree candidate) {
    if (tries_ == 0) return false;
    --tries_;
    if (!differs_(candidate)) return false;
    tree_ = std::move(candidate);
    return true;
  }

  // Aliases need not be asked for; the unit's own name stays, being the first.
  bool drop_units() {
    bool smaller = false;
    for (std::size_t i = tree_.units.size(); i-- > 1;) {
      UnitTree candidate = tree_;
      candidate.units.erase(candidate.units.begin() + static_cast<std::ptrdiff_t>(i));
      smaller = accept(std::move(candidate)) || smaller;
    }
    return smaller;
  }

  bool drop_files() {
    bool smaller = false;
    for (std::size_t i = tree_.entries.size(); i-- > 0;) {
      UnitTree candidate = tree_;
      candidate.entries.erase(candidate.entries.begin() + static_cast<std::ptrdiff_t>(i));
      smaller = accept(std::move(candidate)) || smaller;
    }
    return smaller;
  }

  // Takes pieces out of every file, as long as something still differs.
  bool shorten(PieceEnd piece_end) {
    bool smaller = false;
    for (std::size_t i = 0; i < tree_.entries.size(); ++i) {
      if (tree_.entries[i].kind != TreeEntry::Kind::file) continue;
      for (std::size_t at = 0; at < tree_.entries[i].content.size();) {
        const std::size_t end = piece_end(tree_.entries[i].content, at);
        UnitTree candidate = tree_;
        candidate.entries[i].content.erase(at, end - at);
        if (accept(std::move(candidate))) {
          smaller = true;
        } else {
          at = end;
        }
      }
    }
    return smaller;
  }

  static std::size_t line_end(const std::string& text, std::size_t at) {
    const std::size_t end = text.find_first_of(std::string("\n\r\0", 3), at);
    return end == std::string::npos ? text.size() : end + 1;
  }

  // Letters together, anything else alone.
  static std::size_t word_end(const std::string& text, std::size_t at) {
    const auto is_letter = [&](std::size_t i) {
      return std::isalnum(static_cast<unsigned char>(text[i])) != 0;
    };
    if (!is_letter(at)) return at + 1;
    while (at < text.size() && is_letter(at)) ++at;
    return at;
  }

  UnitTree tree_;
  const std::function<bool(const UnitTree&)>& differs_;
  std::size_t tries_;
};

}  // namespace

UnitTree shrink(UnitTree tree, const std::function<bool(const UnitTree&)>& differs,
                std::size_t tries) {
  return Shrinker(std::move(tree), differs, tries).run();
}

std::string as_test(const UnitTree& tree) {
  std::string text = "  MemoryFiles files;\n";
  for (const TreeEntry& entry : tree.entries) {
    const std::string path = c_literal(entry.path);
    if (entry.kind == TreeEntry::Kind::directory) {
      text += "  files.directory(" + path + ");\n";
    } else {
      const char* verb = entry.kind == TreeEntry::Kind::link ? "link" : "file";
      text +=
          std::string("  files.") + verb + "(" + path + ", " + c_literal(entry.content) + ");\n";
    }
  }
  return text;
}

}  // namespace ollama_gpu
