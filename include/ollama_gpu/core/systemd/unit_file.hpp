// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "ollama_gpu/core/result.hpp"
#include "ollama_gpu/core/systemd/line_table.hpp"

namespace ollama_gpu {

// `Key=Value` as systemd reads it: continuation lines joined, blanks stripped.
struct Directive {
  std::string section;
  std::string key;
  std::string value;
  Position position = {};  // of the key

  // Where byte `offset` of `value` stands in the file.
  Position at(std::size_t offset) const;

  // Offsets in `value` at which a new physical line starts, with the position there.
  struct Segment {
    std::size_t offset = 0;
    Position position = {};
  };
  std::vector<Segment> segments = {};
};

// Something that systemd's parser complains of, or drops without a word.
struct ParseProblem {
  enum class Kind {
    bad_section_header,  // fatal
    line_too_long,       // fatal
    invalid_utf8,        // fatal
    outside_section,
    unknown_section,
    missing_equals,
    missing_key,
    bad_setting,    // fatal: a value that systemd refuses, so that LoadState is bad-setting
    refused_value,  // fatal: the same, with LoadState error
  };
  Kind kind = Kind::missing_equals;
  Position position = {};
  std::string message = {};
  bool fatal = false;  // the rest of the file is lost
};

// A unit file or drop-in: its exact bytes, and what systemd takes from them.
struct UnitFile {
  std::string path;
  std::string bytes;
  LineTable lines = {};
  std::vector<Directive> directives = {};
  std::vector<ParseProblem> problems = {};
  bool aborted = false;  // a fatal problem: what follows it is not in `directives`
};

// Reads a unit file by the rules of systemd's src/shared/conf-parser.c (config_parse, parse_line).
// Directives of sections a service does not have are left out.
UnitFile parse_unit_file(std::string path, std::string bytes, unsigned systemd_version = 252);

// In lines.cpp: line `line` (from 1) of a file, without its end; empty when there is none.
std::string_view line_at(const UnitFile& file, std::size_t line);

// The place of a position in a unit file, with the text of its line.
Location locate(const UnitFile& file, Position position);

}  // namespace ollama_gpu
