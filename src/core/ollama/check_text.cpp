// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/ollama/setting_checks.hpp"
#include "core/text/ascii.hpp"
#include "core/text/quote.hpp"
#include "ollama_gpu/core/contains.hpp"
#include "ollama_gpu/core/ollama/go_values.hpp"

namespace ollama_gpu {

namespace {

// Variables whose value is one of a few words, read without trimming.
struct Words {
  std::string_view name;
  std::array<std::string_view, 8> words;
};
constexpr std::array<Words, 3> kWords = {
    {{"CUDA_DEVICE_ORDER", {"PCI_BUS_ID", "FASTEST_FIRST"}},
     {"LLAMA_ARG_SPLIT_MODE", {"none", "layer", "row", "tensor"}},
     // llama.cpp common/arg.cpp, is_truthy() and is_falsey().
     {"LLAMA_ARG_FIT", {"on", "enabled", "true", "1", "off", "disabled", "false", "0"}}}};

constexpr std::array<std::string_view, 8> kOff = {"0",  "false",   "f",        "off",
                                                  "no", "disable", "disabled", ""};

bool is_off(std::string_view value) { return contains(kOff, ascii_lower(value)); }

// llama.cpp looks only whether they are there.
Check check_presence(const Setting& setting, std::string_view value) {
  if (!is_off(value)) return {};
  return refuse(setting, value, "leave it unset: it is on whatever its value");
}

// llama/compat/llama-ollama-compat.cpp: strcmp(value, "0").
Check check_compat(const Setting& setting, std::string_view value) {
  if (value.empty() || value == "0" || !is_off(value)) return {};
  return refuse(setting, value, "write 0: llama-server takes anything else for on");
}

Check check_debug(const Setting& setting, std::string_view value) {
  const std::string text = trim_like_ollama(value);
  const std::string_view digits = std::string_view(text).substr(text.starts_with('-') ? 1 : 0);
  const auto level = parse_decimal(digits);
  if (text.starts_with('-') && level.value_or(0) > 0) {
    return refuse(setting, value,
                  "write 0: below it Ollama hides what it logs of its settings and its GPUs");
  }
  if (text.empty() || parse_go_bool(text) || level) return {};
  return refuse(setting, value, "write 1 for debug or 0: Ollama would take its default");
}

// server/cloud_proxy.go: one without a scheme and a host is left out, with a warning in the log.
Check check_url(const Setting& setting, std::string_view value) {
  const std::size_t scheme = value.find("://");
  const std::string_view host = scheme == value.npos ? "" : value.substr(scheme + 3);
  const bool whole = scheme != 0 && !host.empty() && host.front() != '/' &&
                     value.find_first_of(" \t") == value.npos;
  if (value.empty() || whole) return {};
  return refuse(setting, value,
                "write https://HOST: Ollama would warn in its log and leave it out");
}

// gin-contrib/cors, Config.Validate(): what it refuses ends Ollama at its start ("bad origin").
Check check_origins(const Setting& setting, std::string_view value) {
  constexpr std::array<std::string_view, 6> kSchemes = {"http://",
                                                        "https://",
                                                        "chrome-extension://",
                                                        "safari-extension://",
                                                        "moz-extension://",
                                                        "ms-browser-extension://"};
  const std::string text = trim_like_ollama(value);
  if (text.empty()) return {};
  for (const std::string_view origin : split_at(text, ',')) {
    const auto stars = std::ranges::count(origin, '*');
    const bool scheme = std::ranges::any_of(
        kSchemes, [&](std::string_view known) { return origin.starts_with(known); });
    if (stars == 1 || (stars == 0 && scheme)) continue;
    return refuse(
        setting, value,
        fmt::format("mend {}: Ollama would end at its start (panic: {})", quote_for_message(origin),
                    stars > 1 ? "only one * is allowed" : "bad origin"));
  }
  return {};
}

// libhsakmt, topology.c: sscanf(value, "%u.%u.%u%c") has to give three; else there is no AMD GPU at
// all.
Check check_gfx_version(const Setting& setting, std::string_view value) {
  constexpr std::array<std::uint64_t, 3> kMost{63, 255, 255};
  const auto parts = split_at(value, '.');
  bool right = parts.size() == kMost.size();
  for (std::size_t i = 0; right && i < kMost.size(); ++i) {
    right = parse_decimal(parts[i]).value_or(UINT64_MAX) <= kMost[i];
  }
  if (right) return {};
  const std::string meant = gfx_version_of(value);
  return refuse(setting, value,
                fmt::format("write {}: with anything else ROCm finds no GPU at all",
                            meant.empty() ? "it as 10.3.0" : meant));
}

// discover/runner.go: a directory of Ollama's whose name is not just this is passed over.
Check check_library(const Setting& setting, std::string_view value) {
  const std::string lower = ascii_lower(value);
  const bool whole = lower.starts_with("cuda_v") || lower.starts_with("cuda_jetpack");
  const bool cut = std::ranges::any_of(
      std::array<std::string_view, 6>{"cuda", "nvidia", "gpu", "amd", "hip", "intel"},
      [&](std::string_view word) { return lower.starts_with(word); });
  if (value.empty() || (lower == value && (whole || !cut))) return {};
  return refuse(setting, value,
                "write the name of a directory below Ollama's lib, or take it away: with another "
                "name Ollama finds no GPU");
}

}  // namespace

std::string gfx_version_of(std::string_view name) {
  if (name.starts_with("gfx")) name.remove_prefix(3);
  constexpr std::size_t kShortest = 3;
  constexpr std::size_t kLongest = 4;
  const bool hex = std::ranges::all_of(name, is_hex_digit);
  if (!hex || name.size() < kShortest || name.size() > kLongest) return "";
  const auto major = parse_decimal(name.substr(0, name.size() - 2));
  if (!major) return "";
  return fmt::format("{}.{}.{}", *major, hex_digit(name[name.size() - 2]), hex_digit(name.back()));
}

Check check_text(const Setting& setting, std::string_view value) {
  for (const Words& entry : kWords) {
    if (entry.name != setting.name) continue;
    if (value.empty() && setting.name != "LLAMA_ARG_FIT") return {};
    if (!value.empty() && contains(entry.words, value)) return {};
    return refuse(setting, value, fmt::format("write {}", setting.accepted));
  }
  if (setting.name.starts_with("GGML_CUDA_")) return check_presence(setting, value);
  if (setting.name == "OLLAMA_LLAMA_CPP_COMPAT") return check_compat(setting, value);
  if (setting.name == "OLLAMA_CLOUD_BASE_URL") return check_url(setting, value);
  if (setting.name == "OLLAMA_LLM_LIBRARY") return check_library(setting, value);
  if (setting.name == "HSA_OVERRIDE_GFX_VERSION") return check_gfx_version(setting, value);
  if (setting.name == "OLLAMA_DEBUG") return check_debug(setting, value);
  if (setting.name != "LLAMA_ARG_MAIN_GPU" || value == "-1" || parse_decimal(value)) return {};
  return refuse(setting, value, "write a GPU's index, as Ollama's log counts them");
}

// Numbers joined by commas, as llama-server reads them; origins.
Check check_list(const Setting& setting, std::string_view value) {
  if (setting.name == "OLLAMA_ORIGINS") return check_origins(setting, value);
  const bool numbers =
      setting.name == "LLAMA_ARG_FIT_TARGET" || setting.name == "LLAMA_ARG_TENSOR_SPLIT";
  if (!numbers || value.find_first_not_of("0123456789.,/") == std::string_view::npos) return {};
  return refuse(setting, value, "write numbers without a unit, joined by commas");
}

}  // namespace ollama_gpu
