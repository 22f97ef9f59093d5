// SPDX-License-Identifier: MIT
// OG107 to OG113, OG118, OG604: what systemd drops from environment directives and files.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "core/doctor/parts.hpp"
#include "core/systemd/words.hpp"
#include "core/text/ascii.hpp"
#include "core/text/quote.hpp"
#include "core/text/unicode_space.hpp"
#include "ollama_gpu/core/contains.hpp"
#include "ollama_gpu/core/text/lookalike.hpp"

namespace ollama_gpu {

namespace {

Location place_of(const UnitFile& file, Position position) { return locate(file, position); }

// Curly quotes and their like: the line with ASCII in their place is what was meant.
void add_lookalike(const Examination& exam, const UnitFile& file, std::size_t line,
                   const LookalikeText& lookalike) {
  const std::string_view text = line_at(file, line);
  Finding& found = exam.add("OG604",
                            fmt::format("the character {} is not what it looks like",
                                        quote_for_message(lookalike.character)),
                            fmt::format("write {}", trim_unicode_space(lookalike.ascii)),
                            locate(file, {line, lookalike.offset + 1}));
  if (!lookalike.certain) return;
  found.fix = Fix{{{file.path, file.lines.offset({line, 1}), text.size(), lookalike.ascii}}, {}};
}

// What may have been meant by a word that is no assignment.
std::string remedy_for(const Directive& directive, std::string_view word) {
  if (word == "export") return "leave export out: systemd needs no shell";
  if (word.starts_with('#')) return "put the comment on a line of its own";
  if (word.starts_with('=') || (directive.value.find(" =") != std::string::npos)) {
    return "write no blanks around the equals sign: Environment=\"NAME=value\"";
  }
  if (word.find('=') != std::string_view::npos) {
    return "a name has letters, digits and _ only, and does not start with a digit";
  }
  return "quote the whole word where the value has blanks: Environment=\"NAME=one two\"";
}

std::optional<Fix> without_export(const UnitFile& file, const Directive& directive) {
  constexpr std::string_view kExport = "export ";
  const bool leads = directive.value.starts_with(kExport) && is_on_one_line(file, directive);
  if (!leads || directive.value.find("export", kExport.size()) != std::string::npos) {
    return std::nullopt;
  }
  return Fix{{{file.path, file.lines.offset(directive.at(0)), kExport.size(), ""}}, {}};
}

// All that is dropped from one directive.
struct DroppedWords {
  std::string words;
  const DroppedText* first = nullptr;
};

void add_words(const Examination& exam, const UnitFile& file, const Directive& directive,
               const DroppedWords& dropped, const std::string& first_word) {
  Finding& found = exam.add(
      "OG107", fmt::format("systemd drops {} from this {}= line", dropped.words, directive.key),
      remedy_for(directive, first_word), place_of(file, dropped.first->position));
  if (first_word != "export") return;
  found.fix = without_export(file, directive);
  // The assignment behind it is in force all the same.
  if (found.fix) found.severity = Severity::warning;
}

void examine_list(const Examination& exam, const UnitFile& file, const Directive& directive,
                  const std::vector<const DroppedText*>& dropped) {
  const bool unescape = directive.key != "PassEnvironment";
  const WordList list = split_words(directive.value, unescape ? Escapes::c_style : Escapes::none);
  DroppedWords words;
  std::string first_word;
  for (const DroppedText* text : dropped) {
    if (list.broken_at && directive.at(*list.broken_at) == text->position) {
      exam.add("OG108", "a quote or backslash breaks the line here",
               "close the quote; write a backslash as \\\\", place_of(file, text->position));
      continue;
    }
    const auto word = std::ranges::find_if(
        list.words, [&](const Word& w) { return directive.at(w.offset) == text->position; });
    const std::string shown = word == list.words.end() ? text->message : word->text;
    if (text->message.find("specifier") != std::string::npos) {
      exam.add("OG109",
               fmt::format("systemd drops {}: {}", quote_for_message(shown), text->message),
               "write %% for a percent sign", place_of(file, text->position));
      continue;
    }
    words.words += (words.first != nullptr ? ", " : "") + quote_for_message(shown);
    if (words.first == nullptr) {
      words.first = text;
      first_word = shown;
    }
  }
  if (words.first != nullptr) add_words(exam, file, directive, words, first_word);
}

void examine_directive(const Examination& exam, const UnitFile& file, const Directive& directive,
                       const std::vector<const DroppedText*>& dropped) {
  const std::size_t line = directive.position.line;
  const auto lookalike = find_lookalike(line_at(file, line));
  if (lookalike && is_on_one_line(file, directive)) {
    add_lookalike(exam, file, line, *lookalike);
  } else if (directive.key == "EnvironmentFile") {
    exam.add("OG113", fmt::format("systemd drops this line: {}", dropped.front()->message),
             "write one absolute path without quotes", place_of(file, dropped.front()->position));
  } else {
    examine_list(exam, file, directive, dropped);
  }
}

// Unit syntax: a variable that is called Environment.
void examine_unit_syntax(const Examination& exam) {
  for (const EnvironmentFile& file : exam.snapshot.environment_files) {
    for (const Assignment& line : file.assignments) {
      constexpr std::array<std::string_view, 4> kDirectives{"Environment", "EnvironmentFile",
                                                            "ExecStart", "User"};
      if (!contains(kDirectives, line.name)) continue;
      exam.add("OG110",
               fmt::format("this line of an environment file sets a variable that is named {}",
                           line.name),
               "write NAME=value alone: directives belong to unit files",
               locate(exam.snapshot, line.source));
    }
  }
}

void examine_environment_files(const Examination& exam) {
  for (const EnvironmentFile& file : exam.snapshot.environment_files) {
    for (const DroppedText& dropped : file.dropped) {
      const Location place =
          locate(exam.snapshot, {file.path, dropped.position.line, dropped.position.column, ""});
      if (file.invalid) {
        exam.add("OG111", fmt::format("systemd refuses {}: {}", file.path, dropped.message),
                 "write the file as UTF-8", place);
      } else {
        const bool exports = dropped.message.find("export ") != std::string::npos;
        exam.add(
            "OG110",
            fmt::format("systemd drops this line of the environment file: {}", dropped.message),
            exports ? "leave export out: systemd needs no shell" : "write NAME=value", place);
      }
    }
  }
  for (const EnvironmentFileReference& reference : exam.snapshot.environment.environment_files) {
    const auto& missing = exam.facts.missing_environment_files;
    if (!contains(missing, reference.path)) continue;
    exam.add("OG112", fmt::format("there is no {}, so the service does not start", reference.path),
             contains(reference.path, ' ')
                 ? std::string("write an EnvironmentFile= line for each file")
                 : fmt::format("make the file, or write EnvironmentFile=-{}", reference.path),
             locate(exam.snapshot, reference.source));
  }
}

// The name after a $ that a shell would replace; empty when there is none.
std::string dollar_name(std::string_view value) {
  for (std::size_t at = value.find('$'); at != std::string_view::npos;
       at = value.find('$', at + 1)) {
    std::string_view rest = value.substr(at + 1);
    const bool braces = rest.starts_with('{');
    if (braces) rest.remove_prefix(1);
    std::size_t end = 0;
    while (end < rest.size() && is_variable_name(rest.substr(0, end + 1))) ++end;
    if (end == 0 || (braces && !rest.substr(end).starts_with('}'))) continue;
    return std::string(value.substr(at, end + (braces ? 3 : 1)));
  }
  return "";
}

void examine_dollars(const Examination& exam) {
  for (const Assignment& assignment : exam.snapshot.environment.environment) {
    const std::string dollar = dollar_name(assignment.value);
    if (dollar.empty()) continue;
    // Passwords in proxy addresses and patterns in origins may hold a $.
    const std::string upper = ascii_upper(assignment.name);
    if (upper.ends_with("_PROXY") || upper.ends_with("ORIGINS")) continue;
    Finding& found =
        exam.add("OG118",
                 fmt::format("nothing replaces {} in {}: the process gets it as it stands", dollar,
                             assignment.name),
                 fmt::format("write the value of {} itself", dollar),
                 locate(exam.snapshot, assignment.source));
    // Ollama finds its own programs without PATH.
    if (assignment.name == "PATH") found.severity = Severity::info;
  }
}

}  // namespace

void examine_dropped(const Examination& exam) {
  for (const UnitFile& file : exam.snapshot.files) {
    std::map<const Directive*, std::vector<const DroppedText*>> by_directive;
    for (const DroppedText& dropped : exam.snapshot.environment.dropped) {
      if (dropped.file != file.path) continue;
      if (const Directive* directive = directive_at(file, dropped.position.line)) {
        by_directive[directive].push_back(&dropped);
      }
    }
    for (const auto& [directive, dropped] : by_directive) {
      examine_directive(exam, file, *directive, dropped);
    }
  }
  examine_environment_files(exam);
  examine_unit_syntax(exam);
  examine_dollars(exam);
}

}  // namespace ollama_gpu
