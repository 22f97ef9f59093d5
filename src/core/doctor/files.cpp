// SPDX-License-Identifier: MIT
// OG101 to OG106, OG116, OG117, OG119, OG120, OG604: lines that systemd does not read as they were
// meant.
#include <fmt/format.h>

#include <array>

#include "core/doctor/parts.hpp"
#include "core/systemd/directive_names.hpp"
#include "core/text/ascii.hpp"
#include "core/text/quote.hpp"
#include "core/text/unicode_space.hpp"
#include "ollama_gpu/core/contains.hpp"
#include "ollama_gpu/core/ollama/settings.hpp"
#include "ollama_gpu/core/systemd/exec_start.hpp"
#include "ollama_gpu/core/text/lookalike.hpp"
#include "ollama_gpu/core/text/secrets.hpp"
#include "ollama_gpu/core/text/shell_word.hpp"
#include "ollama_gpu/core/text/suggest.hpp"

namespace ollama_gpu {

namespace {

using Kind = ParseProblem::Kind;

constexpr std::array<std::string_view, 24> kServiceKeys{"Environment",
                                                        "EnvironmentFile",
                                                        "PassEnvironment",
                                                        "UnsetEnvironment",
                                                        "ExecStart",
                                                        "ExecStartPre",
                                                        "ExecStartPost",
                                                        "ExecStop",
                                                        "ExecReload",
                                                        "User",
                                                        "Group",
                                                        "Restart",
                                                        "RestartSec",
                                                        "Type",
                                                        "WorkingDirectory",
                                                        "DeviceAllow",
                                                        "DevicePolicy",
                                                        "PrivateDevices",
                                                        "ProtectHome",
                                                        "ProtectSystem",
                                                        "SupplementaryGroups",
                                                        "LimitMEMLOCK",
                                                        "TimeoutStartSec",
                                                        "ReadWritePaths"};

bool is_service_key(std::string_view key) { return contains(kServiceKeys, key); }

// The key that was meant; only where nothing else can be.
std::optional<std::string> meant_key(std::string_view key) {
  constexpr std::size_t kTelling = 8;  // shorter keys are too near to one another
  for (const std::string_view known : kServiceKeys) {
    if (key == known) return std::nullopt;
    if (ascii_lower(key) == ascii_lower(known)) return std::string(known);
  }
  for (const std::string_view known : kServiceKeys) {
    if (known.size() >= kTelling && edit_distance(key, known) == 1) return std::string(known);
  }
  return std::nullopt;
}

bool is_a_variable(std::string_view key) {
  const Setting* setting = find_setting(key);
  if (setting != nullptr) return setting->name != "PATH" && setting->name != "HOME";
  return key.starts_with("OLLAMA_") || key.starts_with("CUDA_") || key.starts_with("LLAMA_ARG_");
}

bool has_header(const UnitFile& file) {
  for (std::size_t at = 0; at < file.bytes.size(); at = file.bytes.find('\n', at)) {
    at = file.bytes.find_first_not_of(" \t\r\n", at);
    if (at == std::string::npos) return false;
    if (file.bytes[at] == '[') return true;
  }
  return false;
}

// All of a file without any header: it is the one thing that is missing.
std::optional<Fix> put_header_above(const UnitFile& file, Position first) {
  if (has_header(file)) return std::nullopt;
  const std::string line(line_at(file, first.line));
  if (!is_service_key(trim_unicode_space(line.substr(0, line.find('='))))) return std::nullopt;
  return Fix{{{file.path, file.lines.offset({first.line, 1}), 0, "[Service]\n"}}, {}};
}

void examine_outside(const Examination& exam, const UnitFile& file) {
  const ParseProblem* first = nullptr;
  std::size_t more = 0;
  for (const ParseProblem& problem : file.problems) {
    if (problem.kind != Kind::outside_section) continue;
    if (first == nullptr) {
      first = &problem;
    } else {
      ++more;
    }
  }
  if (first == nullptr) return;
  const bool headless = !has_header(file);
  const std::string others =
      more > 0 ? fmt::format(", and {} more {}", more, more == 1 ? "line" : "lines") : "";
  exam.add("OG102",
           headless
               ? fmt::format("the file has no [Service] line: this setting{} is dropped", others)
               : fmt::format("this line{} stands before the first section header", others),
           "write [Service] on a line of its own above it", locate(file, first->position))
      .fix = put_header_above(file, first->position);
}

void examine_section(const Examination& exam, const UnitFile& file, const ParseProblem& problem) {
  const std::string line(trim_unicode_space(line_at(file, problem.position.line)));
  const std::string_view name =
      line.size() > 2 ? trim_unicode_space(std::string_view(line).substr(1, line.size() - 2)) : "";
  for (const std::string_view known : {"Service", "Unit", "Install"}) {
    const bool same = ascii_lower(name) == ascii_lower(known);
    if (!same && edit_distance(name, known) > 1) continue;
    Finding& found = exam.add("OG103", fmt::format("systemd does not know the section {}", line),
                              fmt::format("write [{}]", known), locate(file, problem.position));
    found.severity = Severity::error;
    if (same) {
      const std::size_t offset = file.lines.offset(problem.position);
      found.fix = Fix{{{file.path, offset, line.size(), fmt::format("[{}]", known)}}, {}};
    }
    return;
  }
  exam.add("OG103", fmt::format("a service has no section {}: its lines are ignored", line),
           "move them to [Unit], [Service] or [Install]", locate(file, problem.position));
}

void examine_problems(const Examination& exam, const UnitFile& file) {
  for (const ParseProblem& problem : file.problems) {
    if (problem.fatal) {
      exam.add("OG101", fmt::format("systemd stops reading here: {}", problem.message),
               "mend this line, then: systemctl daemon-reload", locate(file, problem.position));
    } else if (problem.kind == Kind::unknown_section) {
      examine_section(exam, file, problem);
    } else if (problem.kind == Kind::missing_equals || problem.kind == Kind::missing_key) {
      exam.add("OG104", fmt::format("systemd drops this line: {}", problem.message),
               "write KEY=VALUE, or put a # before a comment", locate(file, problem.position));
    }
  }
  examine_outside(exam, file);
}

// The variable that a key names, alone or among what a shell or YAML puts around it.
std::string variable_in(std::string_view key) {
  if (is_a_variable(key)) return std::string(key);
  std::string word;
  for (std::size_t i = 0; i <= key.size(); ++i) {
    if (i < key.size() && (is_letter_or_digit(key[i]) || key[i] == '_')) {
      word += key[i];
    } else if (is_a_variable(word)) {
      return word;
    } else {
      word.clear();
    }
  }
  return "";
}

void examine_variable_key(const Examination& exam, const UnitFile& file, const Directive& directive,
                          const std::string& name) {
  const std::string meant = fmt::format("{}={}", name, masked_value(name, directive.value));
  Finding& found =
      exam.add("OG106",
               fmt::format("{} is no directive of systemd's, so Ollama does not get {}",
                           directive.key, name == directive.key ? "it" : name),
               fmt::format("write Environment=\"{}\"", meant), locate(file, directive.position));
  const Source source{file.path, directive.position.line, directive.position.column, ""};
  const bool plain = directive.value.find_first_of("\"'\\%") == std::string::npos;
  if (directive.section == "Service" && plain && is_on_one_line(file, directive)) {
    found.fix = replace_at(exam.snapshot, source, directive.key + "=" + directive.value,
                           "Environment=" + quote_assignment(name, directive.value));
  }
}

// A blank or dash of a web page in the key.
bool examine_odd_key(const Examination& exam, const UnitFile& file, const Directive& directive) {
  const auto lookalike = find_lookalike(directive.key);
  if (!lookalike) return false;
  const std::string meant(trim_unicode_space(lookalike->ascii));
  Finding& found =
      exam.add("OG604",
               fmt::format("the character {} is not what it looks like, so that systemd knows no "
                           "directive of this name",
                           quote_for_message(lookalike->character)),
               fmt::format("write {}=", meant), locate(file, directive.position));
  if (!lookalike->certain || !is_service_key(meant)) return true;
  found.fix =
      Fix{{{file.path, file.lines.offset(directive.position), directive.key.size(), meant}}, {}};
  return true;
}

// What systemd would log as unknown, and pass over.
void examine_unknown_key(const Examination& exam, const UnitFile& file,
                         const Directive& directive) {
  constexpr std::array<std::string_view, 3> kSections{"Unit", "Service", "Install"};
  const unsigned version = exam.snapshot.systemd_version;
  const auto is = [&](std::string_view section, DirectiveName what) {
    return look_up_directive(section, directive.key, version) == what;
  };
  if (!contains(kSections, directive.section)) return;  // OG103
  if (!is(directive.section, DirectiveName::unknown)) return;
  const auto* const right = std::ranges::find_if(
      kSections, [&](std::string_view section) { return is(section, DirectiveName::known); });
  Finding& found =
      exam.add("OG105",
               right == kSections.end()
                   ? fmt::format("systemd knows no directive {}= in [{}]: this line does nothing",
                                 directive.key, directive.section)
                   : fmt::format("{}= does nothing in [{}]: it belongs to [{}]", directive.key,
                                 directive.section, *right),
               right == kSections.end() ? "mend its name, or take the line out"
                                        : fmt::format("move it below the [{}] line", *right),
               locate(file, directive.position));
  found.severity = Severity::warning;
}

void examine_directive(const Examination& exam, const UnitFile& file, const Directive& directive) {
  const Location place = locate(file, directive.position);
  if (directive.section == "Service" && !is_read_by_systemd(directive.key, directive.value)) {
    exam.add("OG120",
             fmt::format("systemd does not read {}={}: the line does nothing", directive.key,
                         directive.value),
             fmt::format("see {}= in its man page", directive.key), place);
    return;
  }
  const std::string name = variable_in(directive.key);
  if (!name.empty()) {
    examine_variable_key(exam, file, directive, name);
  } else if (examine_odd_key(exam, file, directive)) {
    return;
  } else if (directive.section != "Service" && is_service_key(directive.key)) {
    exam.add("OG105",
             fmt::format("{}= does nothing in [{}]: it belongs to [Service]", directive.key,
                         directive.section),
             "move it below the [Service] line", place);
  } else if (const auto meant = meant_key(directive.key); meant && directive.section == "Service") {
    Finding& found = exam.add("OG105", fmt::format("systemd knows no directive {}=", directive.key),
                              fmt::format("write {}=", *meant), place);
    const std::size_t offset = file.lines.offset(directive.position);
    found.fix = Fix{{{file.path, offset, directive.key.size(), *meant}}, {}};
  } else {
    examine_unknown_key(exam, file, directive);
  }
}

}  // namespace

void examine_files(const Examination& exam) {
  for (const UnitFile& file : exam.snapshot.files) {
    examine_problems(exam, file);
    if (find_glued_header(file)) continue;  // OG603 explains the rest
    for (const Directive& directive : file.directives) examine_directive(exam, file, directive);
  }
  const UnitOnDisk& unit = exam.snapshot.on_disk;
  if (unit.load_state == LoadState::masked) {
    exam.add("OG116", fmt::format("{} is masked", unit.id),
             fmt::format("sudo systemctl unmask {}", shell_word(unit.id)),
             {unit.fragment, 0, 0, ""});
  } else if (const auto& fault = exam.snapshot.service_fault) {
    const bool nothing = exec_start_of(exam.snapshot).empty();
    exam.add(nothing ? FindingCode("OG117") : FindingCode("OG119"),
             fmt::format("{} has {}", unit.id, fault->message),
             nothing ? "look for a section header that is lost or mistyped" : fault->hint,
             fault->place);
  }
}

}  // namespace ollama_gpu
