// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/systemd/unit_name.hpp"

#include <algorithm>
#include <array>

#include "core/systemd/unit_name_rules.hpp"
#include "core/text/ascii.hpp"

namespace ollama_gpu {
namespace {

constexpr std::size_t kNameMax = 255;  // src/basic/unit-name.h, UNIT_NAME_MAX less its NUL
constexpr std::string_view kServiceSuffix = ".service";

bool is_name_character(char c) {
  return is_letter_or_digit(c) || std::string_view(":-_.\\").find(c) != std::string_view::npos;
}

// Suffixes of systemd's other unit types (src/basic/unit-def.c).
bool has_foreign_suffix(std::string_view name) {
  constexpr std::array<std::string_view, 10> kUnitTypes = {
      ".mount", ".swap",      ".socket", ".target", ".device",
      ".path",  ".automount", ".timer",  ".slice",  ".scope"};
  return std::ranges::any_of(kUnitTypes,
                             [name](std::string_view type) { return name.ends_with(type); });
}

std::string_view without_suffix(std::string_view name) {
  return name.substr(0, name.size() - kServiceSuffix.size());
}

Failure bad_name(std::string_view text, std::string_view reason, std::string hint) {
  std::string message = "cannot use \"";
  message.append(text).append("\" as a unit name: ").append(reason);
  return fail(Errc::usage, std::move(message), std::move(hint));
}

}  // namespace

std::optional<NameKind> classify_unit_name(std::string_view name) {
  if (name.size() > kNameMax || name.size() <= kServiceSuffix.size() ||
      !name.ends_with(kServiceSuffix)) {
    return std::nullopt;
  }
  const std::string_view stem = without_suffix(name);
  const bool valid =
      std::ranges::all_of(stem, [](char c) { return c == '@' || is_name_character(c); });
  const std::size_t at = stem.find('@');
  if (!valid || at == 0) return std::nullopt;
  if (at == std::string_view::npos) return NameKind::plain;
  return at + 1 == stem.size() ? NameKind::template_unit : NameKind::instance;
}

bool is_unit_prefix(std::string_view prefix) {
  return !prefix.empty() && std::ranges::all_of(prefix, is_name_character);
}

std::string_view prefix_of(std::string_view name) {
  return without_suffix(name).substr(0, name.find('@'));
}

std::string_view instance_of(std::string_view name) {
  const std::size_t at = name.find('@');
  return at == std::string_view::npos ? std::string_view() : without_suffix(name).substr(at + 1);
}

std::string template_of(std::string_view name) { return with_instance(name, {}); }

std::string with_instance(std::string_view name, std::string_view instance) {
  std::string result(prefix_of(name));
  return result.append("@").append(instance).append(kServiceSuffix);
}

std::optional<std::string> try_unescape_unit_name(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      result += text[i] == '-' ? '/' : text[i];
      continue;
    }
    if (text.size() - i < 4 || text[i + 1] != 'x') return std::nullopt;
    const int high = hex_digit(text[i + 2]);
    const int low = hex_digit(text[i + 3]);
    if (high < 0 || low < 0) return std::nullopt;
    result += static_cast<char>(static_cast<unsigned char>(high * 16 + low));
    i += 3;
  }
  return result;
}

std::string unescape_unit_name(std::string_view text) {
  return try_unescape_unit_name(text).value_or(std::string(text));
}

Result<UnitName> UnitName::parse(std::string_view text) {
  if (text.find('/') != std::string_view::npos) {
    return bad_name(text, "it is a path", "give the unit's name, such as ollama.service");
  }
  if (has_foreign_suffix(text)) {
    return bad_name(text, "it is not a service", "give a service, such as ollama.service");
  }
  std::string id(text);
  if (!id.ends_with(kServiceSuffix)) id += kServiceSuffix;
  const std::optional<NameKind> kind = classify_unit_name(id);
  if (!kind) {
    return bad_name(text, id.size() > kNameMax ? "it is too long" : "systemd does not accept it",
                    "letters, digits and :-_.\\@ are allowed, such as ollama.service");
  }
  if (*kind == NameKind::template_unit) {
    return bad_name(text, "it is a template", "name one of its instances, such as ollama@gpu0");
  }
  return UnitName(std::move(id));
}

std::string UnitName::prefix() const { return std::string(prefix_of(id_)); }

std::string UnitName::instance() const { return std::string(instance_of(id_)); }

std::string UnitName::template_name() const { return is_instance() ? template_of(id_) : ""; }

}  // namespace ollama_gpu
