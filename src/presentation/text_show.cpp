// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "ollama_gpu/core/ollama/settings.hpp"
#include "ollama_gpu/presentation/paint.hpp"
#include "ollama_gpu/presentation/render.hpp"
#include "presentation/text_parts.hpp"

// `show`, like a compiler's diagnostic: the value that wins and where, then those that it beat.
namespace ollama_gpu {
namespace {

std::string with_directive(const Source& source) {
  std::string out = place_of(source);
  if (!source.file.empty() && !source.directive.empty()) {
    out += "  " + printable(source.directive) + "=";
  }
  return out;
}

void write_variable(std::ostream& out, const Style& style, const std::string& name,
                    const EffectiveVariable& variable) {
  out << paint(style, Tone::bold, printable(name)) << '=' << printable(variable.value) << '\n'
      << "  " << paint(style, Tone::good, "from") << "  " << with_directive(variable.source)
      << '\n';
  for (const Assignment& beaten : variable.overridden) {
    out << "  " << paint(style, Tone::caution, "beats") << " " << with_directive(beaten.source)
        << "  " << printable(beaten.value) << '\n';
  }
}

void write_unset(std::ostream& out, const Style& style, const std::string& name,
                 const NamedSource& source) {
  out << paint(style, Tone::bold, printable(name)) << " is taken away\n"
      << "  " << paint(style, Tone::good, "from") << "  " << with_directive(source.source) << "  "
      << printable(source.text) << '\n';
}

void write_missing(std::ostream& out, const Style& style, const std::string& name) {
  out << paint(style, Tone::bold, printable(name)) << " is not set";
  const Setting* known = find_setting(name);
  if (known != nullptr && !known->default_value.empty()) {
    out << "; without it: " << known->default_value;
  } else if (known == nullptr) {
    const auto meant = near_miss(name);
    out << (meant ? "; did you mean " + *meant + "?" : "; Ollama is not known to read it");
  }
  out << '\n';
}

void write_all(std::ostream& out, const Style& style, const EffectiveEnvironment& environment) {
  for (const auto& [name, variable] : environment.variables) {
    write_variable(out, style, name, variable);
  }
  for (const auto& [name, source] : environment.unset) write_unset(out, style, name, source);
  if (environment.variables.empty() && environment.unset.empty()) {
    out << "No file sets a variable.\n";
  }
}

void write_only(std::ostream& out, const Style& style, const app::ShowReport& report) {
  for (const std::string& name : report.only) {
    const auto set = report.environment.variables.find(name);
    const auto unset = report.environment.unset.find(name);
    if (set != report.environment.variables.end()) {
      write_variable(out, style, name, set->second);
    } else if (unset != report.environment.unset.end()) {
      write_unset(out, style, name, unset->second);
    } else {
      write_missing(out, style, name);
    }
  }
}

}  // namespace

void render_text(std::ostream& out, const Style& style, const app::ShowReport& report) {
  if (report.only.empty()) {
    out << paint(style, Tone::bold, printable(report.unit)) << '\n';
    if (!report.fragment.empty()) out << "  unit     " << printable(report.fragment) << '\n';
    for (const std::string& drop_in : report.drop_ins) {
      out << "  drop-in  " << printable(drop_in) << '\n';
    }
    write_gate(out, report.gate);
    out << '\n';
    write_all(out, style, report.environment);
  } else {
    write_only(out, style, report);
  }
  write_warnings(out, style, report.warnings);
}

}  // namespace ollama_gpu
