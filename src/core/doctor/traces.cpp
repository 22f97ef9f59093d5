// SPDX-License-Identifier: MIT
// OG601 to OG603: what instructions from the web leave behind.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/doctor/parts.hpp"
#include "ollama_gpu/core/systemd/exec_start.hpp"

namespace ollama_gpu {

namespace {

constexpr std::string_view kBrewsUnit = "/homebrew.ollama.service";
using Claims = std::vector<const Assignment*>;

// Every assignment of a file's Environment= lines, in force or beaten, by name and then by line.
std::map<std::string, Claims> claims_of(const UnitSnapshot& snapshot, const std::string& file) {
  std::map<std::string, Claims> claims;
  for (const auto* list : {&snapshot.environment.environment, &snapshot.environment.overridden}) {
    for (const Assignment& assignment : *list) {
      if (assignment.source.file == file) claims[assignment.name].push_back(&assignment);
    }
  }
  for (auto& [name, lines] : claims) {
    std::ranges::sort(lines, [](const Assignment* a, const Assignment* b) {
      return std::pair(a->source.line, a->source.column) <
             std::pair(b->source.line, b->source.column);
    });
  }
  return claims;
}

// The directive of an assignment, where it sets nothing else and has a line of its own.
const Directive* own_line(const UnitSnapshot& snapshot, const UnitFile& file,
                          const Assignment& assignment) {
  const Directive* directive = directive_at(file, assignment.source.line);
  if (directive == nullptr || !is_on_one_line(file, *directive)) return nullptr;
  const auto elsewhere = [&](const Assignment& other) {
    return other.source.file == file.path && other.source.line == assignment.source.line &&
           other.source.column != assignment.source.column;
  };
  const UnitEnvironment& environment = snapshot.environment;
  const bool others = std::ranges::any_of(environment.environment, elsewhere) ||
                      std::ranges::any_of(environment.overridden, elsewhere);
  const bool dropped = std::ranges::any_of(environment.dropped, [&](const auto& text) {
    return text.file == file.path && text.position.line == assignment.source.line;
  });
  return others || dropped ? nullptr : directive;
}

std::optional<Fix> take_out(const UnitSnapshot& snapshot, const UnitFile& file,
                            const Claims& claims) {
  Fix fix;
  for (const Assignment* claim : claims) {
    if (own_line(snapshot, file, *claim) == nullptr) return std::nullopt;
    fix.edits.push_back(cut_line(file, claim->source.line));
  }
  return fix;
}

bool has_reset(const UnitFile& file) {
  return std::ranges::any_of(file.directives, [](const Directive& d) {
    return d.section == "Service" && d.key == "Environment" && d.value.empty();
  });
}

void examine_doubled(const Examination& exam, const UnitFile& file, const std::string& name,
                     const Claims& claims) {
  if (claims.size() < 2 || has_reset(file)) return;
  const Assignment& last = *claims.back();
  const Claims beaten(claims.begin(), claims.end() - 1);
  std::string lines;
  bool same = true;
  for (const Assignment* claim : beaten) {
    lines += fmt::format("{}{}", lines.empty() ? "" : ", ", claim->source.line);
    same = same && claim->value == last.value;
  }
  Finding& found =
      exam.add("OG601",
               fmt::format("{} is set {} times in this file: line {} counts, line{} {} {} nothing",
                           name, claims.size(), last.source.line, beaten.size() > 1 ? "s" : "",
                           lines, beaten.size() > 1 ? "do" : "does"),
               "take out the lines that do nothing", locate(exam.snapshot, beaten.front()->source));
  // Where the values differ, only the user knows which one was meant.
  if (same) found.fix = take_out(exam.snapshot, file, beaten);
}

// Our drop-in takes the setting over, spelled right, so that it stays in force; nothing to take
// over where another file decides it. False where only the user knows what was meant.
bool move_to_ours(const Examination& exam, const std::string& name, const Assignment& last,
                  Fix& fix) {
  const EffectiveVariable* winner = exam.variable(name);
  if (winner == nullptr || !(winner->source == last.source)) return true;
  DropInVariable moved{name, last.value, ""};
  if (near_miss(name)) moved.name = certain_name(exam, name);
  if (moved.name.empty()) return false;
  const Setting* setting = find_setting(moved.name);
  if (setting != nullptr && !check_setting(moved.name, moved.value)) {
    moved.value = certain_value(*setting, moved.value);
    if (moved.value.empty()) return false;
  }
  fix.settings.push_back(std::move(moved));
  return true;
}

// Homebrew's formula sets these two itself, and again with every start.
bool is_of_the_formula(const Assignment& line) {
  if (!line.source.file.ends_with(kBrewsUnit)) return false;
  return (line.name == "OLLAMA_FLASH_ATTENTION" && line.value == "1") ||
         (line.name == "OLLAMA_KV_CACHE_TYPE" && line.value == "q8_0");
}

void examine_installers(const Examination& exam, const UnitFile& file, const std::string& name,
                        const Claims& claims) {
  if (name == "PATH" || advice_on_unread(name)) return;  // OG208 tells of the latter
  const Assignment& last = *claims.back();
  if (is_of_the_formula(last)) return;
  Finding& found = exam.add(
      "OG602", fmt::format("{} takes {} away", who_rewrites(exam.snapshot), name),
      "move it to the drop-in: sudo ollama-gpu doctor --fix", locate(exam.snapshot, last.source));
  if (file.path.ends_with(kBrewsUnit)) {
    found.why = "Homebrew writes this file anew on every start, and the settings are gone";
  }
  found.fix = take_out(exam.snapshot, file, claims);
  if (!found.fix) {
    found.remedy = "mend its line, then: sudo ollama-gpu doctor --fix";
  } else if (!move_to_ours(exam, name, last, *found.fix)) {
    found.fix.reset();
    found.remedy =
        fmt::format("mend its value, then: sudo ollama-gpu configure --set {}=...", name);
  }
}

void examine_glued(const Examination& exam, const UnitFile& file) {
  const auto place = find_glued_header(file);
  if (!place) return;
  const std::string header = place->text.substr(place->column - 1);
  exam.add("OG603", fmt::format("{} is not on a line of its own", header),
           fmt::format("put {} on a line of its own", header), *place)
      .fix = Fix{{{file.path, file.lines.offset({place->line, place->column}), 0, "\n\n"}}, {}};
}

}  // namespace

void examine_traces(const Examination& exam) {
  const bool rewritten = !who_rewrites(exam.snapshot).empty();
  for (const UnitFile& file : exam.snapshot.files) {
    if (find_glued_header(file)) {
      examine_glued(exam, file);  // what else there is to say comes once it is mended
      continue;
    }
    const bool overwritten = rewritten && file.path == exam.snapshot.on_disk.fragment;
    for (const auto& [name, claims] : claims_of(exam.snapshot, file.path)) {
      examine_doubled(exam, file, name, claims);
      if (overwritten) examine_installers(exam, file, name, claims);
    }
  }
}

}  // namespace ollama_gpu
