// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/ollama/settings.hpp"

#include <array>
#include <vector>

#include "core/ollama/other_names.hpp"
#include "core/ollama/settings_table.hpp"
#include "core/text/ascii.hpp"
#include "ollama_gpu/core/contains.hpp"
#include "ollama_gpu/core/ollama/go_values.hpp"
#include "ollama_gpu/core/ollama/ollama_host.hpp"
#include "ollama_gpu/core/text/suggest.hpp"

namespace ollama_gpu {

namespace {

std::vector<Setting> all_settings() {
  std::vector<Setting> all(ollama_settings().begin(), ollama_settings().end());
  all.insert(all.end(), runtime_settings().begin(), runtime_settings().end());
  return all;
}

std::string without_underscores(std::string_view name) {
  std::string letters;
  for (const char c : name) {
    if (c != '_') letters += c;
  }
  return letters;
}

// Names that are read by pattern: they are no typing errors of a name in the table.
bool belongs_to_family(std::string_view name) {
  return name.starts_with("LLAMA_ARG_") || name.starts_with("HSA_OVERRIDE_GFX_VERSION_");
}

// Only names that nobody else would use are compared letter by letter: PATH, HOME and the proxies
// are too near to variables of the user's own.
bool is_distinctive(std::string_view name) {
  for (const std::string_view prefix : {"OLLAMA_", "CUDA_", "ROCR_", "HIP_", "GGML_", "HSA_"}) {
    if (name.starts_with(prefix)) return true;
  }
  return false;
}

// How many letters may differ: in OLLAMA_HOST the part that tells names apart is short.
std::size_t allowed_differences(std::string_view known) {
  constexpr std::size_t kLongName = 16;
  return known.size() >= kLongName ? 2 : 1;
}

std::optional<std::string> nearest_by_letters(const std::string& upper) {
  constexpr std::size_t kLongestName = 64;
  if (upper.size() > kLongestName) return std::nullopt;
  std::optional<std::string> best;
  std::size_t best_distance = 3;
  for (const Setting& setting : known_settings()) {
    if (!is_distinctive(setting.name)) continue;
    const std::size_t allowed = allowed_differences(setting.name);
    if (upper.size() > setting.name.size() + allowed) continue;
    if (upper.size() + allowed < setting.name.size()) continue;
    const std::size_t distance = edit_distance(upper, setting.name);
    if (distance > allowed || distance >= best_distance) continue;
    best = std::string(setting.name);
    best_distance = distance;
  }
  return best;
}

using NameWords = std::vector<std::string_view>;

// Whether all of `part` stand in `whole`, in their order.
bool is_part_of(const NameWords& part, const NameWords& whole) {
  std::size_t at = 0;
  for (const std::string_view word : whole) {
    if (at < part.size() && part[at] == word) ++at;
  }
  return at == part.size();
}

// The one setting of Ollama's with all these words and more (OLLAMA_SPREAD), or with all but one of
// them where it has several.
std::optional<std::string> nearest_by_words(const std::string& upper) {
  constexpr std::string_view kPrefix = "OLLAMA_";
  if (!upper.starts_with(kPrefix) || upper.size() == kPrefix.size()) return std::nullopt;
  const NameWords words = split_at(std::string_view(upper).substr(kPrefix.size()), '_');
  std::optional<std::string> found;
  for (const Setting& setting : ollama_settings()) {
    const NameWords known = split_at(setting.name.substr(kPrefix.size()), '_');
    const bool less = is_part_of(words, known);
    const bool more =
        known.size() > 1 && words.size() == known.size() + 1 && is_part_of(known, words);
    if (!less && !more) continue;
    if (found) return std::nullopt;
    found = std::string(setting.name);
  }
  return found;
}

// What a boolean means to Ollama: nothing for unset, true for every word that is no Go boolean.
std::optional<bool> boolean_meaning(const Setting& setting, std::string_view value) {
  const std::string text = trim_like_ollama(value);
  if (!text.empty()) return parse_go_bool(text).value_or(true);
  return parse_go_bool(setting.default_value);
}

std::optional<std::uint64_t> number_meaning(const Setting& setting, std::string_view value) {
  const std::string text = trim_like_ollama(value);
  const std::optional<std::uint64_t> number = parse_go_uint(text);
  return number ? number : parse_go_uint(setting.default_value);
}

std::int64_t duration_meaning(const Setting& setting, std::string_view value) {
  constexpr std::int64_t kFiveMinutes = 300'000'000'000;
  const std::int64_t duration = parse_keep_alive(value).value_or(kFiveMinutes);
  const bool zero_is_forever = setting.name == "OLLAMA_LOAD_TIMEOUT";
  return zero_is_forever && duration == 0 ? kForeverNs : duration;
}

bool same_path(std::string left, std::string right) {
  while (left.size() > 1 && left.ends_with('/')) left.pop_back();
  while (right.size() > 1 && right.ends_with('/')) right.pop_back();
  return left == right;
}

bool same_number(const Setting& setting, std::string_view left, std::string_view right) {
  const auto left_number = number_meaning(setting, left);
  const auto right_number = number_meaning(setting, right);
  return left_number == right_number && (left_number.has_value() || left == right);
}

}  // namespace

std::span<const Setting> known_settings() {
  static const std::vector<Setting> all = all_settings();
  return all;
}

const Setting* find_setting(std::string_view name) {
  for (const Setting& setting : known_settings()) {
    if (setting.name == name) return &setting;
  }
  return nullptr;
}

bool is_read_as_meant(std::string_view name, std::string_view value) {
  const Setting* setting = find_setting(name);
  if (setting == nullptr || check_setting(name, value)) return true;
  switch (setting->type) {
    case SettingType::boolean:
    case SettingType::tri_state: {
      constexpr std::array<std::string_view, 6> kOn{"on", "yes", "y", "enable", "enabled", "true"};
      return contains(kOn, ascii_lower(trim_like_ollama(value)));
    }
    case SettingType::unsigned_integer:
    case SettingType::bytes:
      return parse_go_uint(trim_like_ollama(value)).has_value();
    case SettingType::duration:
      return parse_keep_alive(value).has_value();
    case SettingType::host:
      return parse_ollama_host(value).valid;
    default:
      return true;  // shown as the text that it is
  }
}

std::optional<std::string> near_miss(std::string_view name) {
  const std::string upper = ascii_upper(name);
  if (find_setting(name) != nullptr || belongs_to_family(upper)) return std::nullopt;
  if (const OtherName* other = find_other_name(upper)) {
    if (other->meant.empty()) return std::nullopt;
    return std::string(other->meant);
  }
  const std::string letters = without_underscores(upper);
  const std::string with_prefix = "OLLAMA_" + upper;
  const bool two_words = name.find('_') != std::string_view::npos;
  for (const Setting& setting : known_settings()) {
    if (without_underscores(setting.name) == letters) return std::string(setting.name);
    // KEEP_ALIVE, but not HOST or DEBUG, which other programs read.
    if (two_words && setting.name == with_prefix) return std::string(setting.name);
  }
  if (auto nearest = nearest_by_letters(upper)) return nearest;
  return nearest_by_words(upper);
}

std::optional<std::string> advice_on_unread(std::string_view name) {
  if (find_setting(name) != nullptr || near_miss(name)) return std::nullopt;
  const OtherName* other = find_other_name(name);
  if (other != nullptr && other->meant.empty()) return std::string(other->advice);
  if (!name.starts_with("OLLAMA_")) return std::nullopt;
  return "take it away; the names there are: ollama-gpu settings";
}

bool same_meaning(std::string_view name, std::string_view left, std::string_view right) {
  const Setting* setting = find_setting(name);
  if (left == right) return true;
  if (setting == nullptr) return false;
  const std::string left_text = trim_like_ollama(left);
  const std::string right_text = trim_like_ollama(right);
  switch (setting->type) {
    case SettingType::boolean:
    case SettingType::tri_state:
      return boolean_meaning(*setting, left) == boolean_meaning(*setting, right);
    case SettingType::unsigned_integer:
    case SettingType::bytes:
      return same_number(*setting, left, right);
    case SettingType::duration:
      return duration_meaning(*setting, left) == duration_meaning(*setting, right);
    case SettingType::host:
      return parse_ollama_host(left).endpoint == parse_ollama_host(right).endpoint;
    case SettingType::path:
      return same_path(left_text, right_text);
    case SettingType::cache_type:
      return ascii_lower(left_text) == ascii_lower(right_text);
    case SettingType::list:
    case SettingType::text:
      return name.starts_with("OLLAMA_") && left_text == right_text;
    case SettingType::device_ids:
      return false;  // CUDA and ROCm do not trim
  }
  return false;
}

}  // namespace ollama_gpu
