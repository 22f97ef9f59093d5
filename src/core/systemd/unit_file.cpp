// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/systemd/unit_file.hpp"

#include <algorithm>
#include <iterator>

#include "core/systemd/lines.hpp"
#include "core/systemd/value_rules.hpp"
#include "core/systemd/whitespace.hpp"
#include "ollama_gpu/core/text/utf8.hpp"

namespace ollama_gpu {
namespace {

constexpr std::size_t kLongLineMax = std::size_t{1} << 20U;  // src/basic/fileio.h, LONG_LINE_MAX
constexpr unsigned kVersionOfNamedSections = 258;  // "[]" is refused: seen on 262, not on 257
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool starts_comment(std::string_view line) {
  const std::size_t first = line.find_first_not_of(kBlanks);
  return first != std::string_view::npos && (line[first] == '#' || line[first] == ';');
}

// An even number of backslashes at the end escape one another; an odd one continues the line.
bool is_continued(std::string_view line) {
  const std::size_t last = line.find_last_not_of('\\');
  const std::size_t run = line.size() - (last == std::string_view::npos ? 0 : last + 1);
  return run % 2 == 1;
}

bool is_service_section(std::string_view name) {
  return name == "Unit" || name == "Service" || name == "Install";
}

class UnitFileParser {
 public:
  UnitFileParser(UnitFile& file, unsigned systemd_version)
      : file_(file), version_(systemd_version) {}

  void run() {
    LineReader lines(file_.bytes);
    while (!file_.aborted) {
      const std::optional<std::string_view> line = lines.next();
      if (!line) break;
      take_line(*line, lines.number());
    }
    // A backslash at the end of the file continues nothing (config_parse).
    if (!file_.aborted && continued_) parse_logical_line();
  }

 private:
  // A part of the joined line [begin, end), trimmed of blanks.
  struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  void take_line(std::string_view line, std::size_t number) {
    if (line.size() >= kLongLineMax) {
      abort(ParseProblem::Kind::line_too_long, {number, 1}, "the line is longer than 1 MiB");
      return;
    }
    if (starts_comment(line)) return;  // also inside a continuation, which goes on after it
    Position position{number, 1};
    if (!seen_mark_ && line.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
      line.remove_prefix(kByteOrderMark.size());
      position.column += kByteOrderMark.size();
      seen_mark_ = true;
    }
    if (continued_ && joined_.size() + line.size() > kLongLineMax) {
      abort(ParseProblem::Kind::line_too_long, position, "the joined line is longer than 1 MiB");
      return;
    }
    segments_.push_back({joined_.size(), position});
    joined_ += line;
    continued_ = is_continued(line);
    if (continued_) {
      joined_.back() = ' ';
      return;
    }
    parse_logical_line();
  }

  void parse_logical_line() {
    parse_line(trim({0, joined_.size()}));
    joined_.clear();
    segments_.clear();
    continued_ = false;
  }

  void parse_line(Span span) {
    if (span.begin == span.end) return;
    const std::string_view line = text(span);
    // Checked before anything else, so that it also ends a file in a section nobody reads.
    if (const std::optional<std::size_t> bad = first_invalid_utf8(line)) {
      abort(ParseProblem::Kind::invalid_utf8, at(span.begin + *bad), "not valid UTF-8");
      return;
    }
    if (line.front() == '[') {
      parse_header(span);
    } else if (section_.empty()) {
      if (!section_ignored_) {
        report(ParseProblem::Kind::outside_section, at(span.begin), "assignment outside a section");
      }
    } else {
      parse_assignment(span);
    }
  }

  void parse_header(Span span) {
    const std::string_view line = text(span);
    if (line.size() < 2 || line.back() != ']') {
      abort(ParseProblem::Kind::bad_section_header, at(span.begin),
            "section header without \"]\" at its end");
      return;
    }
    const std::string_view name = line.substr(1, line.size() - 2);
    if (!is_safe_string(name)) {
      abort(ParseProblem::Kind::bad_section_header, at(span.begin),
            "section header with a control character, quote or backslash");
      return;
    }
    if (name.empty() && version_ >= kVersionOfNamedSections) {
      abort(ParseProblem::Kind::bad_section_header, at(span.begin),
            "section header without a name");
      return;
    }
    section_ignored_ = !is_service_section(name);
    section_ = section_ignored_ ? std::string() : std::string(name);
    if (section_ignored_ && name.substr(0, 2) != "X-") {
      report(ParseProblem::Kind::unknown_section, at(span.begin),
             "unknown section \"" + std::string(name) + "\"");
    }
  }

  void parse_assignment(Span span) {
    const std::size_t equals = text(span).find('=');
    if (equals == std::string_view::npos) {
      report(ParseProblem::Kind::missing_equals, at(span.begin), "line without \"=\"");
      return;
    }
    if (equals == 0) {
      report(ParseProblem::Kind::missing_key, at(span.begin), "no key before \"=\"");
      return;
    }
    const Span key = trim({span.begin, span.begin + equals});
    const Span value = trim({span.begin + equals + 1, span.end});
    file_.directives.push_back({section_, std::string(text(key)), std::string(text(value)),
                                at(key.begin), segments_of(value)});
  }

  Span trim(Span span) const {
    while (span.begin < span.end && is_blank(joined_[span.begin])) ++span.begin;
    while (span.begin < span.end && is_blank(joined_[span.end - 1])) --span.end;
    return span;
  }

  std::string_view text(Span span) const {
    return std::string_view(joined_).substr(span.begin, span.end - span.begin);
  }

  // The segment that byte `offset` of the joined line stands in.
  std::vector<Directive::Segment>::const_iterator segment(std::size_t offset) const {
    const auto after = std::ranges::upper_bound(segments_, offset, {}, &Directive::Segment::offset);
    return std::prev(after);
  }

  Position at(std::size_t offset) const {
    const auto found = segment(offset);
    return {found->position.line, found->position.column + (offset - found->offset)};
  }

  std::vector<Directive::Segment> segments_of(Span value) const {
    std::vector<Directive::Segment> result{{0, at(value.begin)}};
    for (auto next = std::next(segment(value.begin)); next != segments_.end(); ++next) {
      if (next->offset >= value.end) break;
      result.push_back({next->offset - value.begin, next->position});
    }
    return result;
  }

  void report(ParseProblem::Kind kind, Position position, std::string message) {
    file_.problems.push_back({kind, position, std::move(message), false});
  }

  void abort(ParseProblem::Kind kind, Position position, std::string message) {
    file_.problems.push_back({kind, position, std::move(message), true});
    file_.aborted = true;
  }

  UnitFile& file_;
  unsigned version_;
  std::string joined_;  // the physical lines of one logical line
  std::vector<Directive::Segment> segments_;
  bool continued_ = false;
  bool seen_mark_ = false;
  std::string section_;  // empty: none, or one that a service does not have
  bool section_ignored_ = false;
};

}  // namespace

Position Directive::at(std::size_t offset) const {
  const auto after = std::ranges::upper_bound(segments, offset, {}, &Segment::offset);
  if (after == segments.begin()) return position;
  const Segment& found = *std::prev(after);
  return {found.position.line, found.position.column + (offset - found.offset)};
}

UnitFile parse_unit_file(std::string path, std::string bytes, unsigned systemd_version) {
  UnitFile file{std::move(path), std::move(bytes)};
  file.lines = LineTable(file.bytes);
  UnitFileParser(file, systemd_version).run();
  return file;
}

}  // namespace ollama_gpu
