// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/gpu/check_devices.hpp"
#include "core/ollama/setting_checks.hpp"
#include "core/text/ascii.hpp"
#include "core/text/quote.hpp"
#include "core/text/unicode_space.hpp"
#include "ollama_gpu/core/ollama/go_values.hpp"
#include "ollama_gpu/core/ollama/settings.hpp"
#include "ollama_gpu/core/text/lookalike.hpp"
#include "ollama_gpu/core/text/size.hpp"

namespace ollama_gpu {

namespace {

// Ollama's way: an unreadable word is true (envconfig/config.go, BoolWithDefault).
Check check_boolean(const Setting& setting, std::string_view value) {
  const std::string text = trim_like_ollama(value);
  if (text.empty() || parse_go_bool(text)) return {};
  const std::string lower = ascii_lower(text);
  for (const std::string_view word :
       {"off", "no", "n", "disabled", "disable", "none", "never", "false"}) {
    if (lower == word) return refuse(setting, value, "write 0: Ollama would read it as true");
  }
  if (lower == "auto" && setting.type == SettingType::tri_state) {
    return refuse(setting, value, "leave it unset: Ollama would read it as true");
  }
  if (parse_decimal(text)) {
    return refuse(setting, value,
                  "write 1 or 0: it is a switch, and Ollama reads any other number as true");
  }
  return refuse(setting, value, "write 1 or 0: Ollama takes any other word for true, even off");
}

// "1,000,000" and the like without its separators, where they part thousands; else the text.
std::string without_thousands(std::string_view text) {
  const std::size_t first = text.find_first_of(",_ ");
  constexpr std::size_t kGroup = 3;
  if (first == std::string_view::npos || first == 0 || first > kGroup) return std::string(text);
  std::string digits;
  for (const std::string_view group : split_at(text, text[first])) {
    const bool whole = parse_decimal(group) && (digits.empty() || group.size() == kGroup);
    if (!whole) return std::string(text);
    digits += group;
  }
  return digits;
}

// The number with a unit, separators or a sign taken away, where one can be guessed.
std::optional<std::uint64_t> guess_number(std::string_view text) {
  std::string digits = without_thousands(text);
  const std::size_t blank = digits.find(' ');
  if (digits.find_first_of("0123456789.", std::min(blank, digits.size())) == std::string::npos) {
    std::erase(digits, ' ');  // "8 GiB"
  }
  if (digits.starts_with('+')) digits.erase(0, 1);
  if (digits.ends_with(".0")) digits.resize(digits.size() - 2);
  return parse_size(digits);
}

// Room for so many is made at the start: 2147483647 ends Ollama ("out of memory").
constexpr std::uint64_t kMostQueued = 1'000'000;

Check check_number(const Setting& setting, std::string_view value) {
  const std::string text = trim_like_ollama(value);
  const std::optional<std::uint64_t> number = parse_go_uint(text);
  const bool counts = setting.type == SettingType::unsigned_integer;
  const std::uint64_t most = setting.name == "OLLAMA_MAX_QUEUE" ? kMostQueued : INT32_MAX;
  if (text.empty() || (number && (!counts || *number <= most))) return {};
  const bool all_digits = text.find_first_not_of("0123456789") == std::string::npos;
  if (number || all_digits) return refuse(setting, value, "write a smaller number");
  if (text.starts_with('-')) {
    return refuse(setting, value,
                  "leave it unset: Ollama would warn in its log and take its default");
  }
  const std::optional<std::uint64_t> guess = guess_number(text);
  if (!guess || (counts && *guess > INT32_MAX)) {
    return refuse(setting, value,
                  "write digits only: Ollama would warn in its log and take its default");
  }
  return refuse(setting, value,
                fmt::format("write {}: Ollama would warn in its log and take its default, {}",
                            *guess, setting.default_value));
}

struct TimeWord {
  std::string_view word;
  std::uint64_t factor;
  char unit;
};

// Words for units that Go does not know, in units that it does.
constexpr std::array<TimeWord, 24> kTimeWords = {
    {{"d", 24, 'h'},       {"day", 24, 'h'},    {"days", 24, 'h'},   {"w", 168, 'h'},
     {"week", 168, 'h'},   {"weeks", 168, 'h'}, {"y", 8760, 'h'},    {"year", 8760, 'h'},
     {"years", 8760, 'h'}, {"h", 1, 'h'},       {"hr", 1, 'h'},      {"hrs", 1, 'h'},
     {"hour", 1, 'h'},     {"hours", 1, 'h'},   {"m", 1, 'm'},       {"min", 1, 'm'},
     {"mins", 1, 'm'},     {"minute", 1, 'm'},  {"minutes", 1, 'm'}, {"s", 1, 's'},
     {"sec", 1, 's'},      {"secs", 1, 's'},    {"second", 1, 's'},  {"seconds", 1, 's'}}};

std::optional<std::string> guess_duration(std::string_view text) {
  const std::string lower = ascii_lower(text);
  std::string joined;
  for (std::size_t i = 0; i < lower.size(); ++i) {
    if (lower[i] == ' ' && !joined.empty() && is_digit(joined.back())) {
      const std::size_t next = lower.find_first_not_of(' ', i);
      if (next != std::string::npos && is_digit(lower[next])) return std::nullopt;  // "1 0m"
    }
    if (lower[i] != ' ') joined += lower[i];
  }
  if (parse_go_duration(joined)) return joined;  // "1h 30m", "24H"
  for (const std::string_view word : {"forever", "infinite", "infinity", "inf", "always", "never",
                                      "unlimited", "-1s", "true", "on"}) {
    if (lower == word) return "-1";
  }
  const std::size_t digits = lower.find_first_not_of("0123456789");
  if (digits == std::string::npos) return std::nullopt;
  const std::optional<std::uint64_t> number = parse_decimal(lower.substr(0, digits));
  const std::size_t unit = lower.find_first_not_of(' ', digits);
  constexpr std::uint64_t kMostUnits = 100'000;
  if (!number || *number > kMostUnits || unit == std::string::npos) return std::nullopt;
  for (const TimeWord& word : kTimeWords) {
    if (lower.substr(unit) != word.word) continue;
    std::string guess = fmt::format("{}{}", *number * word.factor, word.unit);
    // 100 years and more do not fit into Go's Duration: for ever is what is meant.
    return parse_go_duration(guess) ? guess : "-1";
  }
  return std::nullopt;
}

Check check_duration(const Setting& setting, std::string_view value) {
  const std::string text = trim_like_ollama(value);
  const std::string_view digits = std::string_view(text).substr(text.starts_with('-') ? 1 : 0);
  constexpr std::uint64_t kMostSeconds = INT64_MAX / 1'000'000'000;
  const bool all_digits = !digits.empty() && digits.find_first_not_of("0123456789") == digits.npos;
  if (all_digits && parse_decimal(digits).value_or(UINT64_MAX) > kMostSeconds) {
    return refuse(setting, value, "write -1 for ever: so many seconds overflow in Ollama");
  }
  if (text.empty() || parse_keep_alive(text)) return {};
  const std::optional<std::string> guess = guess_duration(text);
  return refuse(setting, value,
                fmt::format("write {}: Ollama would silently take its default, {}",
                            guess.value_or("24h, 30m or -1"), setting.default_value));
}

Check check_path(const Setting& setting, std::string_view value) {
  const std::string text = trim_like_ollama(value);
  if (text.empty() || text.starts_with('/')) return {};
  if (text.starts_with('~') || text.starts_with('$')) {
    return refuse(setting, value,
                  fmt::format("write the whole path: nothing replaces {} in a unit's environment",
                              text.starts_with('~') ? "~" : "a variable"));
  }
  return refuse(setting, value,
                "write the whole path, from /: Ollama would start from its working directory");
}

// llama.cpp common/arg.cpp: an unknown type ends llama-server, and with it every load.
constexpr std::array<std::string_view, 9> kCacheTypes = {"f32",  "f16",    "bf16", "q8_0", "q4_0",
                                                         "q4_1", "iq4_nl", "q5_0", "q5_1"};

std::string guess_cache_type(const std::string& lower) {
  if (lower.find('8') != std::string::npos) return "q8_0";
  if (lower.find('4') != std::string::npos || lower.starts_with('q')) return "q4_0";
  return lower.find("32") != std::string::npos ? "f32" : "f16";
}

Check check_cache_type(const Setting& setting, std::string_view value) {
  const std::string lower = ascii_lower(trim_like_ollama(value));
  if (lower.empty()) return {};
  for (const std::string_view type : kCacheTypes) {
    if (lower == type) return {};
  }
  return refuse(setting, value,
                fmt::format("write {}: Ollama takes any text here, and then no model loads",
                            guess_cache_type(lower)));
}

Check check_by_type(const Setting& setting, std::string_view value) {
  switch (setting.type) {
    case SettingType::boolean:
    case SettingType::tri_state:
      return check_boolean(setting, value);
    case SettingType::unsigned_integer:
    case SettingType::bytes:
      return check_number(setting, value);
    case SettingType::duration:
      return check_duration(setting, value);
    case SettingType::host:
      return check_host(setting, value);
    case SettingType::path:
      return check_path(setting, value);
    case SettingType::cache_type:
      return check_cache_type(setting, value);
    case SettingType::list:
      return check_list(setting, value);
    case SettingType::text:
      return check_text(setting, value);
    case SettingType::device_ids:
      break;
  }
  if (const std::optional<std::string> hint = device_ids_hint(setting.name, value)) {
    return refuse(setting, value, *hint);
  }
  return {};
}

}  // namespace

Failure refuse(const Setting& setting, std::string_view value, std::string hint) {
  return fail(Errc::usage,
              fmt::format("{} does not accept {}; accepted: {}", setting.name,
                          quote_for_message(value), setting.accepted),
              std::move(hint));
}

std::string setting_within(std::string_view value) {
  for (std::size_t at = value.find('='); at != value.npos; at = value.find('=', at + 1)) {
    const std::string_view before = value.substr(0, at);
    const std::size_t start = before.find_last_of(" \t,;");
    if (start == before.npos) continue;
    std::string_view name = before.substr(start + 1);
    while (name.starts_with('"') || name.starts_with('\'')) name.remove_prefix(1);
    if (find_setting(name) != nullptr) return std::string(name);
  }
  return "";
}

Result<void> check_setting(std::string_view name, std::string_view value) {
  const Setting* setting = find_setting(name);
  if (setting == nullptr) return {};
  if (const std::optional<LookalikeText> lookalike = find_lookalike(value)) {
    return refuse(
        *setting, value,
        fmt::format("write {}: the character {} at byte {} is not ASCII", lookalike->ascii,
                    quote_for_message(lookalike->character), lookalike->offset + 1));
  }
  if (const std::string other = setting_within(value); !other.empty()) {
    return refuse(*setting, value,
                  fmt::format("set {} by itself: it is a part of this value", other));
  }
  return check_by_type(*setting, value);
}

}  // namespace ollama_gpu
