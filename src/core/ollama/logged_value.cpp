// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <array>

#include "ollama_gpu/core/contains.hpp"
#include "ollama_gpu/core/ollama/go_values.hpp"
#include "ollama_gpu/core/ollama/ollama_host.hpp"
#include "ollama_gpu/core/ollama/ollama_log.hpp"
#include "ollama_gpu/core/ollama/settings.hpp"

// How envconfig.AsMap() and fmt's %v show a variable in the "server config" line.
namespace ollama_gpu {

namespace {

using Shown = std::optional<std::string>;

// Shown as they are, after Var()'s trimming.
constexpr std::array<std::string_view, 19> kShownAsText = {"CUDA_VISIBLE_DEVICES",
                                                           "HIP_VISIBLE_DEVICES",
                                                           "ROCR_VISIBLE_DEVICES",
                                                           "GPU_DEVICE_ORDINAL",
                                                           "GGML_VK_VISIBLE_DEVICES",
                                                           "HSA_OVERRIDE_GFX_VERSION",
                                                           "HTTP_PROXY",
                                                           "HTTPS_PROXY",
                                                           "NO_PROXY",
                                                           "http_proxy",
                                                           "https_proxy",
                                                           "no_proxy",
                                                           "OLLAMA_KV_CACHE_TYPE",
                                                           "OLLAMA_LLM_LIBRARY",
                                                           "OLLAMA_MODELS",
                                                           "OLLAMA_EDITOR",
                                                           "OLLAMA_IGPU_ENABLE",
                                                           "LLAMA_ARG_FIT",
                                                           "LLAMA_ARG_FIT_TARGET"};

// Shown as Go values of their type. OLLAMA_AUTH is read but never shown; the form of others
// (OLLAMA_DEBUG, OLLAMA_IGPU_ENABLE, the lists) differs between versions.
constexpr std::array<std::string_view, 21> kShownByType = {"OLLAMA_SCHED_SPREAD",
                                                           "OLLAMA_KEEP_ALIVE",
                                                           "OLLAMA_LOAD_TIMEOUT",
                                                           "OLLAMA_NUM_PARALLEL",
                                                           "OLLAMA_MAX_LOADED_MODELS",
                                                           "OLLAMA_MAX_QUEUE",
                                                           "OLLAMA_CONTEXT_LENGTH",
                                                           "OLLAMA_GPU_OVERHEAD",
                                                           "OLLAMA_FLASH_ATTENTION",
                                                           "OLLAMA_VULKAN",
                                                           "OLLAMA_NOPRUNE",
                                                           "OLLAMA_NOHISTORY",
                                                           "OLLAMA_NEW_ENGINE",
                                                           "OLLAMA_MULTIUSER_CACHE",
                                                           "OLLAMA_INTEL_GPU",
                                                           "OLLAMA_NO_CLOUD",
                                                           "OLLAMA_DEBUG_LOG_REQUESTS",
                                                           "OLLAMA_GO_TEMPLATE",
                                                           "OLLAMA_CREATE_REMOTE",
                                                           "OLLAMA_MAX_TRANSFER_STREAMS",
                                                           "OLLAMA_HOST"};

Shown show_boolean(const Setting& setting, const std::string& text) {
  std::optional<bool> value = parse_go_bool(text);
  if (!value && !text.empty()) value = true;
  // Unset and off look the same here (envconfig/config.go, FlashAttention(false)).
  if (!value && setting.type == SettingType::tri_state) value = false;
  if (!value) value = parse_go_bool(setting.default_value);
  if (!value) return std::nullopt;
  return *value ? "true" : "false";
}

Shown show_duration(const Setting& setting, const std::string& text) {
  constexpr std::int64_t kFiveMinutes = 300'000'000'000;
  std::int64_t duration = parse_keep_alive(text).value_or(kFiveMinutes);
  if (setting.name == "OLLAMA_LOAD_TIMEOUT" && duration == 0) duration = kForeverNs;
  return format_go_duration(duration);
}

// url.URL's String(). Texts that it would escape are not compared.
Shown show_host(const std::string& text) {
  if (text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                             ".:-_[]/") != std::string::npos) {
    return std::nullopt;
  }
  const std::size_t scheme_end = text.find("://");
  const bool has_scheme = scheme_end != std::string::npos;
  if (text == "ollama.com") return "https://ollama.com:443";
  const std::string scheme = has_scheme ? text.substr(0, scheme_end) : "http";
  const std::string rest = has_scheme ? text.substr(scheme_end + 3) : text;
  const std::size_t slash = rest.find('/');
  std::string path = slash == std::string::npos ? "" : rest.substr(slash + 1);
  if (!path.empty() && !path.starts_with('/')) path.insert(0, "/");
  return scheme + "://" + parse_ollama_host(text).endpoint.text() + path;
}

Shown show_number(const std::string& text) {
  const std::optional<std::uint64_t> number = parse_go_uint(text);
  if (!number) return std::nullopt;  // the default, which differs between versions
  return fmt::format("{}", *number);
}

}  // namespace

std::optional<std::string> logged_value(std::string_view name, std::string_view value) {
  const Setting* setting = find_setting(name);
  const std::string text = trim_like_ollama(value);
  if (setting == nullptr) return std::nullopt;
  if (contains(kShownAsText, name)) {
    const bool has_default = name == "OLLAMA_MODELS";
    return has_default && text.empty() ? std::nullopt : std::optional(text);
  }
  if (!contains(kShownByType, name)) return std::nullopt;
  switch (setting->type) {
    case SettingType::boolean:
    case SettingType::tri_state:
      return show_boolean(*setting, text);
    case SettingType::unsigned_integer:
    case SettingType::bytes:
      return show_number(text);
    case SettingType::duration:
      return show_duration(*setting, text);
    case SettingType::host:
      return show_host(text);
    default:
      return std::nullopt;
  }
}

}  // namespace ollama_gpu
