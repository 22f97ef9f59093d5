// SPDX-License-Identifier: MIT
// OG201 to OG207, OG211 to OG219, OG302, OG604: values that Ollama reads otherwise than they were
// meant.
#include <fmt/format.h>

#include <array>

#include "core/doctor/parts.hpp"
#include "core/gpu/check_devices.hpp"
#include "core/ollama/setting_checks.hpp"
#include "core/text/ascii.hpp"
#include "core/text/quote.hpp"
#include "ollama_gpu/core/contains.hpp"
#include "ollama_gpu/core/ollama/go_values.hpp"
#include "ollama_gpu/core/ollama/ollama_host.hpp"
#include "ollama_gpu/core/ollama/ollama_version.hpp"
#include "ollama_gpu/core/ollama/settings.hpp"
#include "ollama_gpu/core/systemd/exec_start.hpp"
#include "ollama_gpu/core/text/lookalike.hpp"
#include "ollama_gpu/core/text/secrets.hpp"

namespace ollama_gpu {

namespace {

FindingCode code_for(SettingType type) {
  switch (type) {
    case SettingType::boolean:
    case SettingType::tri_state:
      return "OG201";
    case SettingType::duration:
      return "OG202";
    case SettingType::unsigned_integer:
    case SettingType::bytes:
      return "OG203";
    case SettingType::cache_type:
      return "OG204";
    case SettingType::host:
      return "OG205";
    case SettingType::path:
      return "OG206";
    case SettingType::device_ids:
      return "OG302";
    case SettingType::list:
    case SettingType::text:
      break;
  }
  return "OG207";
}

bool is_switch(const Setting& setting) {
  return setting.type == SettingType::boolean || setting.type == SettingType::tri_state;
}

std::optional<Fix> fix_value(const Examination& exam, const Setting& setting,
                             const EffectiveVariable& variable) {
  const std::string certain = certain_value(setting, variable.value);
  if (certain.empty() || variable.source.directive != "Environment") return std::nullopt;
  return replace_at(exam.snapshot, variable.source,
                    fmt::format("{}={}", setting.name, variable.value),
                    fmt::format("{}={}", setting.name, certain));
}

void add_lookalike(const Examination& exam, const std::string& name,
                   const EffectiveVariable& variable, const LookalikeText& lookalike) {
  const Setting* setting = find_setting(name);
  const std::string certain = setting == nullptr ? "" : certain_value(*setting, variable.value);
  const std::string meant = certain.empty() ? lookalike.ascii : certain;
  Finding& found = exam.add("OG604",
                            fmt::format("{} in {} is not the character that it looks like",
                                        quote_for_message(lookalike.character), name),
                            fmt::format("write {}={}", name, masked_value(name, meant)),
                            locate(exam.snapshot, variable.source));
  if (certain.empty() || variable.source.directive != "Environment") return;
  found.fix = replace_at(exam.snapshot, variable.source, fmt::format("{}={}", name, variable.value),
                         fmt::format("{}={}", name, certain));
}

// By OG211 and OG214.
bool is_told_apart(const Setting& setting, std::string_view value) {
  const std::string text = trim_like_ollama(value);
  if (setting.name == "OLLAMA_DEBUG") return text.starts_with('-');
  const HostSetting host = parse_ollama_host(value);
  return setting.type == SettingType::host && host.valid && host.endpoint.port == 0;
}

void examine_value(const Examination& exam, const Setting& setting, const std::string& name,
                   const EffectiveVariable& variable) {
  if (const auto lookalike = find_lookalike(variable.value)) {
    add_lookalike(exam, name, variable, *lookalike);
    return;
  }
  if (const std::string other = setting_within(variable.value); !other.empty()) {
    exam.add("OG219",
             fmt::format("{} is set within the value of {}, so that nobody sees it", other, name),
             "quote each assignment by itself: Environment=\"A=1\" \"B=2\"",
             locate(exam.snapshot, variable.source));
    return;
  }
  // An empty list of GPUs is told by OG301, an unknown one by OG303.
  if (setting.type == SettingType::device_ids && variable.value.empty()) return;
  if (is_told_apart(setting, variable.value)) return;
  if (is_switch(setting) && is_read_as_meant(name, variable.value)) return;
  const auto checked = check_setting(name, variable.value);
  if (checked) return;
  exam.add(code_for(setting.type), checked.error().message, checked.error().hint,
           locate(exam.snapshot, variable.source))
      .fix = fix_value(exam, setting, variable);
}

// A header that is glued to its line is a part of the value.
bool is_glued(const Examination& exam, const Source& source) {
  const UnitFile* file = exam.snapshot.file(source.file);
  const auto place = file == nullptr ? std::nullopt : find_glued_header(*file);
  return place && place->line == source.line;
}

void examine_port(const Examination& exam) {
  const EffectiveVariable* host = exam.variable("OLLAMA_HOST");
  if (host == nullptr || !parse_ollama_host(host->value).valid) return;
  const std::string text = ascii_lower(trim_like_ollama(host->value));
  const std::uint16_t port = parse_ollama_host(host->value).endpoint.port;
  const bool url = text.starts_with("http://") || text.starts_with("https://");
  const std::size_t host_at = url ? text.find("//") + 2 : 0;
  const std::string_view authority = std::string_view(text).substr(host_at);
  const bool written = authority.ends_with(fmt::format(":{}", port)) ||
                       authority.find(fmt::format(":{}/", port)) != std::string_view::npos;
  if (port != 0 && (!url || written)) return;
  exam.add("OG211",
           port == 0 ? std::string("OLLAMA_HOST with port 0 is another port at every start")
                     : fmt::format("OLLAMA_HOST={} means port {}, not 11434", host->value, port),
           "write HOST:11434, without http://", locate(exam.snapshot, host->source));
}

void examine_queue(const Examination& exam) {
  const EffectiveVariable* queue = exam.variable("OLLAMA_MAX_QUEUE");
  if (queue == nullptr || parse_go_uint(trim_like_ollama(queue->value)) != 0U) return;
  exam.add("OG212", "OLLAMA_MAX_QUEUE=0 leaves no room for what waits for a model",
           "take it away for the default of 512", locate(exam.snapshot, queue->source));
}

void examine_cache(const Examination& exam) {
  const EffectiveVariable* type = exam.variable("OLLAMA_KV_CACHE_TYPE");
  if (type == nullptr || !check_setting("OLLAMA_KV_CACHE_TYPE", type->value)) return;
  const std::string name = ascii_lower(trim_like_ollama(type->value));
  const auto version = parse_ollama_version(exam.facts.ollama_version);
  const bool old = version && *version < kLlamaServer;
  constexpr std::array<std::string_view, 4> kOfOld{"", "f16", "q8_0", "q4_0"};
  if (old && !contains(kOfOld, name)) {
    exam.add("OG204",
             fmt::format("Ollama {} does not know the cache type {} and uses f16",
                         exam.facts.ollama_version, name),
             "write q8_0 or q4_0, or update Ollama to 0.30", locate(exam.snapshot, type->source));
    return;
  }
  if (!name.starts_with('q') && !name.starts_with("iq")) return;
  const EffectiveVariable* flash = exam.variable("OLLAMA_FLASH_ATTENTION");
  const std::string text = flash == nullptr ? "" : trim_like_ollama(flash->value);
  if (parse_go_bool(text) == false) {
    exam.add(
        "OG213",
        fmt::format("OLLAMA_KV_CACHE_TYPE={} needs flash attention, which "
                    "OLLAMA_FLASH_ATTENTION={} switches off{}",
                    type->value, flash->value, old ? ": f16 is used" : ": no model can be loaded"),
        "take one of the two away", locate(exam.snapshot, type->source));
  } else if (old && text.empty()) {
    exam.add(
        "OG213",
        fmt::format("OLLAMA_KV_CACHE_TYPE={} needs flash attention, which Ollama {} leaves off "
                    "for most models: f16 is used",
                    type->value, exam.facts.ollama_version),
        "set OLLAMA_FLASH_ATTENTION=1", locate(exam.snapshot, type->source));
  }
}

void examine_log_level(const Examination& exam) {
  const EffectiveVariable* level = exam.variable("OLLAMA_DEBUG");
  if (level == nullptr) return;
  const std::string text = trim_like_ollama(level->value);
  if (!text.starts_with('-') || parse_decimal(std::string_view(text).substr(1)).value_or(0) == 0) {
    return;
  }
  exam.add("OG214", fmt::format("OLLAMA_DEBUG={} hides what Ollama logs of its GPUs", text),
           "write 0, or take it away", locate(exam.snapshot, level->source));
}

}  // namespace

std::string certain_value(const Setting& setting, const std::string& value) {
  if (const auto lookalike = find_lookalike(value)) {
    // A directory may be called so.
    if (!lookalike->certain || setting.type == SettingType::path) return "";
    return check_setting(setting.name, lookalike->ascii) ? lookalike->ascii
                                                         : certain_value(setting, lookalike->ascii);
  }
  const std::string text = ascii_lower(trim_like_ollama(value));
  if (is_switch(setting)) {
    constexpr std::array<std::string_view, 6> kOff{"off",     "no",       "n",
                                                   "disable", "disabled", "false"};
    return contains(kOff, text) ? "0" : "";
  }
  constexpr std::uint64_t kMostDays = 100'000;
  if (setting.type == SettingType::duration && text.ends_with('d')) {
    const auto days = parse_decimal(std::string_view(text).substr(0, text.size() - 1));
    if (days && *days > 0 && *days <= kMostDays) return fmt::format("{}h", *days * 24);
  }
  if (setting.name == "HSA_OVERRIDE_GFX_VERSION") return gfx_version_of(value);
  if (setting.type == SettingType::device_ids) {
    if (auto joined = joined_ids(setting.name, value)) return std::move(*joined);
    if (check_setting(setting.name, "GPU-" + value)) return "GPU-" + value;
  }
  return "";
}

void examine_values(const Examination& exam) {
  for (const auto& [name, variable] : exam.snapshot.effective.variables) {
    const Setting* setting = find_setting(name);
    if (setting == nullptr || name == "PATH" || name == "HOME") continue;
    if (is_glued(exam, variable.source)) continue;  // OG603
    examine_value(exam, *setting, name, variable);
  }
  examine_port(exam);
  examine_queue(exam);
  examine_cache(exam);
  examine_log_level(exam);
}

}  // namespace ollama_gpu
