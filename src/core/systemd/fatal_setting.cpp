// SPDX-License-Identifier: MIT
#include "core/systemd/fatal_setting.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/systemd/fatal_exec.hpp"
#include "core/systemd/fatal_image_policy.hpp"
#include "core/systemd/service_setting.hpp"
#include "core/systemd/value_rules.hpp"
#include "core/systemd/word_reader.hpp"
#include "core/systemd/words.hpp"
#include "ollama_gpu/core/text/utf8.hpp"

namespace ollama_gpu {
namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr unsigned kVersionOfPidFileCheck = 257;  // PIDFile= below /dev, /proc and /sys is refused
constexpr unsigned kVersionOfImagePolicy = 254;
constexpr unsigned kVersionOfReloadPost = 259;
constexpr unsigned kVersionOfMStack = 260;  // seen on 262, not on 257

struct SettingInput {
  std::string_view value;
  const SpecifierTable& specifiers;
  unsigned version;
};
using Fault = std::optional<ValueFault>;

Fault at_start(std::string message) { return ValueFault{0, std::move(message)}; }

Fault exec_fault(const SettingInput& input) {
  return find_exec_fault(input.value, input.specifiers, input.version);
}

// A number that is a user's id: no sign, no leading zero, not -1 of 16 or 32 bits
// (src/basic/user-util.c, parse_uid).
bool is_user_id(std::string_view digits) {
  if (digits.size() > 10 || (digits.size() > 1 && digits.front() == '0')) return false;
  std::uint64_t number = 0;
  for (const char c : digits) number = number * 10 + static_cast<std::uint64_t>(c - '0');
  return number < 0xFFFFFFFFU && number != 0xFFFFU;
}

bool is_number(std::string_view text) {
  return text.find_first_not_of(kDigits) == std::string_view::npos;
}

// src/basic/user-util.c, valid_user_group_name() with VALID_USER_RELAX and _ALLOW_NUMERIC.
bool is_user_name(std::string_view name) {
  if (name.empty()) return false;
  if (is_number(name)) return is_user_id(name);
  if (name.front() == ' ' || name.back() == ' ' || !is_valid_utf8(name)) return false;
  if (name.find_first_of(":/") != std::string_view::npos || name == "." || name == "..") {
    return false;
  }
  if (name.front() == '-' && is_number(name.substr(1))) return false;
  return std::ranges::none_of(name, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < ' ' || byte == 0x7F;
  });
}

Fault user_fault(std::string_view text, std::size_t offset, const SettingInput& input) {
  const std::optional<std::string> name = expand_or_fail(text, input.specifiers, std::string::npos);
  if (!name) return ValueFault{offset, "unknown specifier"};
  if (!is_user_name(*name)) return ValueFault{offset, "no user or group can have this name"};
  return std::nullopt;
}

Fault user_fault(const SettingInput& input) {
  return input.value.empty() ? std::nullopt : user_fault(input.value, 0, input);
}

Fault groups_fault(const SettingInput& input) {
  WordReader reader(input.value, WordSyntax::plain, input.version);
  for (Word word;;) {
    const WordReader::Found found = reader.next(word);
    if (found == WordReader::Found::end) return std::nullopt;
    if (found == WordReader::Found::broken) return ValueFault{reader.offset(), "invalid syntax"};
    if (auto fault = user_fault(word.text, word.offset, input)) return fault;
  }
}

Fault path_fault(const SettingInput& input) {
  if (input.value.empty()) return std::nullopt;
  const auto path = expand_or_fail(input.value, input.specifiers, kPathLengthMax);
  if (!path) return at_start("unknown specifier, or too long");
  if (path->empty() || simplify_path(*path, input.version)) return std::nullopt;
  return at_start("not an absolute path without \"..\"");
}

Fault directory_fault(const SettingInput& input) {
  if (input.value.empty() || input.value.front() == '-' || input.value == "~") return std::nullopt;
  const auto path = expand_or_fail(input.value, input.specifiers, kPathLengthMax);
  if (!path) return at_start("unknown specifier, or too long");
  if (simplify_path(*path, input.version)) return std::nullopt;
  return at_start("not \"~\" or an absolute path without \"..\"");
}

Fault boolean_fault(const SettingInput& input) {
  if (parse_boolean(input.value)) return std::nullopt;
  return at_start("neither yes nor no");
}

Fault label_fault(const SettingInput& input) {
  if (!input.value.empty() && input.value.front() == '-') return std::nullopt;
  if (expand_or_fail(input.value, input.specifiers, std::string::npos)) return std::nullopt;
  return at_start("unknown specifier");
}

bool lies_below_kernel_files(std::string_view path) {
  constexpr std::array<std::string_view, 3> kPlaces = {"/dev", "/proc", "/sys"};
  return std::ranges::any_of(kPlaces, [path](std::string_view place) {
    return path.substr(0, place.size()) == place &&
           (path.size() == place.size() || path[place.size()] == '/');
  });
}

// An unknown specifier is passed over here; a relative path is one below /run.
Fault pid_file_fault(const SettingInput& input) {
  if (input.value.empty()) return std::nullopt;
  const auto text = expand_or_fail(input.value, input.specifiers, kPathLengthMax);
  if (!text) return std::nullopt;
  const bool absolute = !text->empty() && text->front() == '/';
  const auto path = simplify_path(absolute ? *text : "/run/" + *text, input.version);
  if (!path) return at_start("not a path without \"..\"");
  if (input.version >= kVersionOfPidFileCheck && lies_below_kernel_files(*path)) {
    return at_start("a path below /dev, /proc or /sys");
  }
  return std::nullopt;
}

Fault image_policy_fault(const SettingInput& input) {
  if (!is_refused_image_policy(input.value, input.version)) return std::nullopt;
  return at_start("not an image policy");
}

using FaultCheck = Fault (*)(const SettingInput&);

struct Rule {
  std::string_view key;
  FaultCheck check;
  ParseProblem::Kind kind = ParseProblem::Kind::bad_setting;
  unsigned since = 0;  // systemd's version
};

constexpr ParseProblem::Kind kBadSetting = ParseProblem::Kind::bad_setting;
constexpr ParseProblem::Kind kRefused = ParseProblem::Kind::refused_value;

constexpr std::array<Rule, 24> kRules = {{
    {"ExecCondition", exec_fault},
    {"ExecStartPre", exec_fault},
    {"ExecStart", exec_fault},
    {"ExecStartPost", exec_fault},
    {"ExecReload", exec_fault},
    {"ExecReloadPost", exec_fault, kBadSetting, kVersionOfReloadPost},
    {"ExecStop", exec_fault},
    {"ExecStopPost", exec_fault},
    {"User", user_fault},
    {"Group", user_fault},
    {"SupplementaryGroups", groups_fault},
    {"WorkingDirectory", directory_fault},
    {"RootDirectory", path_fault},
    {"RootImage", path_fault},
    {"RootVerity", path_fault},
    {"RootMStack", path_fault, kBadSetting, kVersionOfMStack},
    {"RootImagePolicy", image_policy_fault, kRefused, kVersionOfImagePolicy},
    {"ExtensionImagePolicy", image_policy_fault, kRefused, kVersionOfImagePolicy},
    {"MountImagePolicy", image_policy_fault, kRefused, kVersionOfImagePolicy},
    {"DynamicUser", boolean_fault},
    {"SELinuxContext", label_fault},
    {"AppArmorProfile", label_fault},
    {"SmackProcessLabel", label_fault},
    {"PIDFile", pid_file_fault, kRefused},
}};

const Rule* find_rule(const Directive& directive, unsigned version) {
  if (directive.section != "Service") return nullptr;
  const auto* const rule = std::ranges::find_if(kRules, [&](const Rule& candidate) {
    return candidate.key == directive.key && version >= candidate.since;
  });
  return rule == kRules.end() ? nullptr : &*rule;
}

bool is_before(Position left, Position right) {
  return left.line != right.line ? left.line < right.line : left.column < right.column;
}

}  // namespace

void end_at_fatal_setting(UnitFile& file, const SpecifierTable& specifiers,
                          unsigned systemd_version) {
  for (std::size_t i = 0; i < file.directives.size(); ++i) {
    const Directive& directive = file.directives[i];
    const Rule* rule = find_rule(directive, systemd_version);
    if (rule == nullptr) continue;
    const Fault fault = rule->check({directive.value, specifiers, systemd_version});
    if (!fault) continue;
    ParseProblem problem{rule->kind, directive.at(fault->offset),
                         directive.key + "=: " + fault->message, true};
    std::erase_if(file.problems, [&](const ParseProblem& other) {
      return is_before(problem.position, other.position);
    });
    file.problems.push_back(std::move(problem));
    file.directives.resize(i);
    file.aborted = true;
    return;
  }
}

}  // namespace ollama_gpu
