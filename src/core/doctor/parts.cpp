// SPDX-License-Identifier: MIT
#include "core/doctor/parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/doctor/finding_tables.hpp"
#include "core/text/ascii.hpp"
#include "ollama_gpu/core/contains.hpp"
#include "ollama_gpu/core/systemd/exec_start.hpp"

namespace ollama_gpu {

Finding& Examination::add(FindingCode code, std::string message, std::string remedy,
                          Location place) const {
  const FindingKind& kind = kind_of(code);
  findings.push_back({std::string(kind.code), kind.severity, std::move(message),
                      std::string(kind.why), std::move(remedy), std::move(place), std::nullopt});
  return findings.back();
}

const EffectiveVariable* Examination::variable(const std::string& name) const {
  const auto found = snapshot.effective.variables.find(name);
  return found == snapshot.effective.variables.end() ? nullptr : &found->second;
}

std::optional<std::string> Examination::value(const std::string& name) const {
  const EffectiveVariable* found = variable(name);
  return found == nullptr ? std::nullopt : std::optional(found->value);
}

const Directive* directive_at(const UnitFile& file, std::size_t line) {
  const auto starts = [](const Directive& directive) { return directive.position.line; };
  const auto after = std::ranges::upper_bound(file.directives, line, {}, starts);
  const Directive* found = after == file.directives.begin() ? nullptr : &*std::prev(after);
  const bool reaches =
      found != nullptr &&
      (found->position.line == line || std::ranges::any_of(found->segments, [line](const auto& s) {
         return s.position.line == line;
       }));
  return reaches ? found : nullptr;
}

bool is_on_one_line(const UnitFile& file, const Directive& directive) {
  const std::size_t line = directive.position.line;
  return directive.segments.size() <= 1 && !line_at(file, line).ends_with('\\') &&
         (line == 1 || !line_at(file, line - 1).ends_with('\\'));
}

bool is_drop_in(const UnitSnapshot& snapshot, const std::string& path) {
  const auto& drop_ins = snapshot.on_disk.drop_ins;
  return contains(drop_ins, path);
}

TextEdit cut_line(const UnitFile& file, std::size_t line) {
  const std::size_t begin = file.lines.offset({line, 1});
  const std::size_t end = file.lines.offset({line + 1, 1});
  return {file.path, begin, end - begin, ""};
}

std::optional<Fix> replace_at(const UnitSnapshot& snapshot, const Source& source,
                              std::string_view from, std::string_view to) {
  const UnitFile* file = snapshot.file(source.file);
  if (file == nullptr || source.line == 0) return std::nullopt;
  std::size_t offset = file->lines.offset({source.line, source.column});
  const std::string_view bytes = file->bytes;
  char quote = 0;
  if (offset < bytes.size() && (bytes[offset] == '"' || bytes[offset] == '\'')) {
    quote = bytes[offset++];
  }
  if (bytes.substr(offset, from.size()) != from) return std::nullopt;
  const std::size_t end = offset + from.size();
  const char next = end < bytes.size() ? bytes[end] : '\n';
  const bool ends_word =
      quote != 0 ? next == quote : std::string_view(" \t\r\n").find(next) != std::string_view::npos;
  if (!ends_word) return std::nullopt;
  return Fix{{{file->path, offset, from.size(), std::string(to)}}, {}};
}

std::string at_place(const Source& source) {
  if (source.file.empty()) return "systemd's own environment";
  return source.line > 0 ? fmt::format("{}:{}", source.file, source.line) : source.file;
}

namespace {

// Homebrew's generator (Library/Homebrew/service.rb).
bool is_brews_unit(const UnitSnapshot& snapshot) {
  const UnitFile* file = snapshot.file(snapshot.on_disk.fragment);
  return file != nullptr && snapshot.on_disk.fragment.ends_with("/homebrew.ollama.service") &&
         file->bytes.find("Homebrew generated unit") != std::string::npos;
}

bool is_installers_unit(const UnitSnapshot& snapshot) {
  if (snapshot.on_disk.fragment != "/etc/systemd/system/ollama.service") return false;
  const UnitFile* file = snapshot.file(snapshot.on_disk.fragment);
  if (file == nullptr) return false;
  // Somebody else's tool keeps the file, and its settings with it.
  for (const std::string_view mark : {"ansible", "managed by", "puppet", "chef", "saltstack"}) {
    if (contains_ignoring_case(file->bytes, mark)) return false;
  }
  bool described = false;
  bool serves = false;
  for (const Directive& directive : file->directives) {
    described =
        described || (directive.key == "Description" && directive.value == "Ollama Service");
    for (const std::string_view bin : {"/usr/local/bin", "/usr/bin", "/bin"}) {
      serves = serves || (directive.key == "ExecStart" &&
                          directive.value == fmt::format("{}/ollama serve", bin));
    }
  }
  return described && serves;
}

}  // namespace

std::string_view who_rewrites(const UnitSnapshot& snapshot) {
  if (is_installers_unit(snapshot)) return "the next upgrade of Ollama";
  return is_brews_unit(snapshot) ? "the next brew services start" : "";
}

}  // namespace ollama_gpu
