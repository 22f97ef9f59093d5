// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace ollama_gpu {

// A source of chances that gives the same on every platform for the same seed.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(engine_() % limit); }
  bool one_in(std::size_t n) { return below(n) == 0; }
  template <class List>
  auto pick(const List& list) -> decltype(list[0]) {
    return list[below(list.size())];
  }

 private:
  std::mt19937_64 engine_;
};

struct TreeEntry {
  enum class Kind { file, link, directory };
  Kind kind = Kind::file;
  std::string path;
  std::string content = {};  // a file's bytes, a link's target
};

// The files of one random unit: fragments, aliases, drop-ins, some of them odd. No two seeds share
// a unit's name, so that many trees can lie side by side.
struct UnitTree {
  std::uint64_t seed = 0;
  std::vector<TreeEntry> entries = {};
  std::vector<std::string> units = {};  // the names to ask for: the unit's own first, then aliases
  bool starts = false;  // nothing in it hinders its process, which writes its environment out
};

UnitTree make_unit_tree(std::uint64_t seed);

// Drop-ins for every service at once (service.d), for a whole batch of trees.
std::vector<TreeEntry> make_type_drop_ins(std::uint64_t seed);

// A unit file or drop-in full of the oddities that the parser has rules for.
struct TextStyle {
  bool is_fragment = false;
  std::string command = "/bin/true";                // a fragment's ExecStart=
  bool starts = false;                              // without settings that could hinder a start
  std::vector<std::string> environment_files = {};  // paths to name, besides made-up ones
};
std::string make_unit_text(Dice& dice, const TextStyle& style);

// One line with a setting other than the environment's, its value often one that systemd refuses.
std::string make_setting(Dice& dice);

// An environment file, as odd as its grammar allows.
std::string make_environment_file(Dice& dice);

// Where a unit that starts writes its environment.
std::string process_dump(std::uint64_t seed);

// A text as a C string literal, and a tree as a list of them, to be put into a report.
std::string c_literal(std::string_view text);
std::string print(const UnitTree& tree);

}  // namespace ollama_gpu
