// SPDX-License-Identifier: MIT
#include "ollama_standin/settings.hpp"

#include <arpa/inet.h>

#include <array>
#include <cstdlib>
#include <optional>

#include "common/config_lines.hpp"
#include "ollama_standin/go_text.hpp"

namespace ollama_standin {

namespace {

using Warnings = std::vector<Warning>;

bool boolean(const char* name, bool fallback) {
  const std::string text = variable(name);
  return text.empty() ? fallback : parse_bool(text).value_or(true);
}

std::uint64_t unsigned_number(const char* name, std::uint64_t fallback, Warnings& warnings) {
  const std::string text = variable(name);
  if (text.empty()) return fallback;
  if (const auto value = parse_uint(text)) return *value;
  warnings.push_back({"invalid environment variable, using default",
                      {{"key", name}, {"value", text}, {"default", std::to_string(fallback)}}});
  return fallback;
}

Duration duration(const char* name, Duration fallback) {
  const std::string text = variable(name);
  if (text.empty()) return fallback;
  if (const auto value = parse_duration(text)) return *value;
  if (const auto value = parse_int(text)) return seconds(*value);
  return fallback;
}

int log_level() {
  const std::string text = variable("OLLAMA_DEBUG");
  if (parse_bool(text).value_or(false)) return -4;
  return static_cast<int>(parse_int(text).value_or(0)) * -4;
}

std::string level_name(int level) {
  const auto relative = [](const char* name, int offset) {
    if (offset == 0) return std::string(name);
    return name + std::string(offset > 0 ? "+" : "") + std::to_string(offset);
  };
  if (level < 0) return relative("DEBUG", level + 4);
  if (level < 4) return relative("INFO", level);
  if (level < 8) return relative("WARN", level - 4);
  return relative("ERROR", level - 8);
}

// Go's net.SplitHostPort; false where that gives an error.
bool split_host_port(const std::string& text, std::string& host, std::string& port) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return false;
  std::string name = text.substr(0, colon);
  if (name.starts_with('[')) {
    if (name.find(']') != name.size() - 1) return false;
    name = name.substr(1, name.size() - 2);
  } else if (name.find(':') != std::string::npos) {
    return false;
  }
  if (name.find_first_of("[]") != std::string::npos) return false;
  host = name;
  port = text.substr(colon + 1);
  return true;
}

// The canonical form of an IP address; none if it is not one.
std::optional<std::string> ip_address(std::string text) {
  while (!text.empty() && (text.front() == '[' || text.front() == ']')) text.erase(0, 1);
  while (!text.empty() && (text.back() == '[' || text.back() == ']')) text.pop_back();
  std::array<unsigned char, 16> bytes{};
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  for (const int family : {AF_INET, AF_INET6}) {
    if (::inet_pton(family, text.c_str(), bytes.data()) == 1) {
      return ::inet_ntop(family, bytes.data(), buffer.data(), buffer.size());
    }
  }
  return std::nullopt;
}

Host parse_host(const std::string& text, Warnings& warnings) {
  Host host;
  std::string fallback_port = "11434";
  std::string rest = text;
  if (const auto at = text.find("://"); at != std::string::npos) {
    host.scheme = text.substr(0, at);
    rest = text.substr(at + 3);
    if (host.scheme == "http") fallback_port = "80";
    if (host.scheme == "https") fallback_port = "443";
  }
  if (const auto slash = rest.find('/'); slash != std::string::npos) {
    host.path = rest.substr(slash);
    rest.erase(slash);
  }
  if (!split_host_port(rest, host.name, host.port)) {
    host.port = fallback_port;
    host.name = ip_address(rest).value_or(rest.empty() ? "127.0.0.1" : rest);
  }
  const auto port = parse_int(host.port);
  if (!port || *port < 0 || *port > 65535) {
    warnings.push_back(
        {"invalid port, using default", {{"port", host.port}, {"default", fallback_port}}});
    host.port = fallback_port;
  }
  return host;
}

std::string origins() {
  std::vector<std::string> all;
  const std::string own = variable("OLLAMA_ORIGINS");
  if (!own.empty()) all = standin::split(own, ',');
  for (const std::string name : {"localhost", "127.0.0.1", "0.0.0.0"}) {
    for (const std::string suffix : {"", ":*"}) {
      for (std::string origin : {"http://", "https://"}) {
        all.push_back(origin.append(name).append(suffix));
      }
    }
  }
  for (const char* scheme : {"app", "file", "tauri", "vscode-webview", "vscode-file"}) {
    all.push_back(scheme + std::string("://*"));
  }
  std::string text;
  for (const auto& origin : all) text += (text.empty() ? "" : " ") + origin;
  return "[" + text + "]";
}

std::string models_directory() {
  const std::string own = variable("OLLAMA_MODELS");
  const char* home = std::getenv("HOME");
  return own.empty() ? std::string(home ? home : "") + "/.ollama/models" : own;
}

const char* yes_or_no(bool value) { return value ? "true" : "false"; }

void print_versioned(Settings& settings, const Version& version) {
  auto& map = settings.printed;
  if (version < Version{0, 30, 0}) {
    map["OLLAMA_MULTIUSER_CACHE"] = yes_or_no(boolean("OLLAMA_MULTIUSER_CACHE", false));
    map["OLLAMA_NEW_ENGINE"] = yes_or_no(boolean("OLLAMA_NEW_ENGINE", false));
  } else {
    map["LLAMA_ARG_FIT"] = variable("LLAMA_ARG_FIT");
    map["LLAMA_ARG_FIT_TARGET"] = variable("LLAMA_ARG_FIT_TARGET");
    map["OLLAMA_DEBUG_LOG_REQUESTS"] = yes_or_no(boolean("OLLAMA_DEBUG_LOG_REQUESTS", false));
    map["OLLAMA_IGPU_ENABLE"] = variable("OLLAMA_IGPU_ENABLE");
    map["OLLAMA_NO_CLOUD"] = yes_or_no(boolean("OLLAMA_NO_CLOUD", false));
  }
  if (version >= Version{0, 12, 0}) {
    const std::string own = variable("OLLAMA_REMOTES");
    map["OLLAMA_REMOTES"] = "[" + (own.empty() ? "ollama.com" : own) + "]";
  }
  if (version >= Version{0, 12, 6}) {
    map["OLLAMA_VULKAN"] = yes_or_no(settings.vulkan);
    map["GGML_VK_VISIBLE_DEVICES"] = variable("GGML_VK_VISIBLE_DEVICES");
  } else {
    map["OLLAMA_INTEL_GPU"] = yes_or_no(boolean("OLLAMA_INTEL_GPU", false));
  }
  const bool old = !version.logs_config_structured();
  map["OLLAMA_DEBUG"] = old ? yes_or_no(settings.log_level < 0) : level_name(settings.log_level);
}

void print(Settings& settings, const Version& version) {
  auto& map = settings.printed;
  for (const char* name :
       {"CUDA_VISIBLE_DEVICES", "GPU_DEVICE_ORDINAL", "HIP_VISIBLE_DEVICES",
        "HSA_OVERRIDE_GFX_VERSION", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "OLLAMA_EDITOR",
        "OLLAMA_LLM_LIBRARY", "ROCR_VISIBLE_DEVICES", "http_proxy", "https_proxy", "no_proxy"}) {
    map[name] = variable(name);
  }
  map["OLLAMA_CONTEXT_LENGTH"] = std::to_string(settings.context_length);
  map["OLLAMA_FLASH_ATTENTION"] = yes_or_no(boolean("OLLAMA_FLASH_ATTENTION", false));
  map["OLLAMA_GPU_OVERHEAD"] = std::to_string(settings.gpu_overhead);
  map["OLLAMA_HOST"] = settings.host.url();
  map["OLLAMA_KEEP_ALIVE"] = format_duration(settings.keep_alive);
  map["OLLAMA_KV_CACHE_TYPE"] = settings.kv_cache_type;
  map["OLLAMA_LOAD_TIMEOUT"] = format_duration(settings.load_timeout);
  map["OLLAMA_MAX_LOADED_MODELS"] = std::to_string(settings.max_loaded_models);
  map["OLLAMA_MAX_QUEUE"] = std::to_string(settings.max_queue);
  map["OLLAMA_MODELS"] = settings.models;
  map["OLLAMA_NOHISTORY"] = yes_or_no(boolean("OLLAMA_NOHISTORY", false));
  map["OLLAMA_NOPRUNE"] = yes_or_no(boolean("OLLAMA_NOPRUNE", false));
  map["OLLAMA_NUM_PARALLEL"] = std::to_string(settings.num_parallel);
  map["OLLAMA_ORIGINS"] = origins();
  map["OLLAMA_SCHED_SPREAD"] = yes_or_no(settings.sched_spread);
  print_versioned(settings, version);
}

}  // namespace

std::string Host::url() const {
  const std::string bracketed = name.find(':') == std::string::npos ? name : "[" + name + "]";
  return scheme + "://" + bracketed + ":" + port + path;
}

std::string Settings::config_map() const {
  std::string text;
  for (const auto& [key, value] : printed) {
    text.append(text.empty() ? "" : " ").append(key).append(":").append(value);
  }
  return "map[" + text + "]";
}

std::string variable(const char* name) {
  const char* raw = std::getenv(name);
  std::string_view text = standin::trim(raw ? raw : "");
  const auto is_quote = [](char c) { return c == '"' || c == '\''; };
  while (!text.empty() && is_quote(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_quote(text.back())) text.remove_suffix(1);
  return std::string(text);
}

Settings read_settings(const Version& version, Warnings& warnings) {
  Settings settings;
  settings.log_level = log_level();
  settings.host = parse_host(std::string(standin::trim(variable("OLLAMA_HOST"))), warnings);
  settings.models = models_directory();
  settings.keep_alive = duration("OLLAMA_KEEP_ALIVE", settings.keep_alive);
  if (settings.keep_alive < 0) settings.keep_alive = kForever;
  settings.load_timeout = duration("OLLAMA_LOAD_TIMEOUT", settings.load_timeout);
  if (settings.load_timeout <= 0) settings.load_timeout = kForever;
  settings.sched_spread = boolean("OLLAMA_SCHED_SPREAD", false);
  settings.vulkan = boolean("OLLAMA_VULKAN", version.has_llama_server());
  const std::uint64_t parallel = version < Version{0, 10, 0} ? 0 : 1;
  const std::uint64_t context = version >= Version{0, 15, 5}  ? 0
                                : version >= Version{0, 6, 0} ? 4096
                                                              : 2048;
  settings.num_parallel = unsigned_number("OLLAMA_NUM_PARALLEL", parallel, warnings);
  settings.max_loaded_models = unsigned_number("OLLAMA_MAX_LOADED_MODELS", 0, warnings);
  settings.max_queue = unsigned_number("OLLAMA_MAX_QUEUE", 512, warnings);
  settings.context_length = unsigned_number("OLLAMA_CONTEXT_LENGTH", context, warnings);
  settings.gpu_overhead = unsigned_number("OLLAMA_GPU_OVERHEAD", 0, warnings);
  settings.kv_cache_type = to_lower(variable("OLLAMA_KV_CACHE_TYPE"));
  settings.flash_attention = boolean("OLLAMA_FLASH_ATTENTION", true);
  const char* split_mode = std::getenv("LLAMA_ARG_SPLIT_MODE");
  settings.split_by_tensor =
      version.has_llama_server() && std::string_view(split_mode ? split_mode : "") == "tensor";
  print(settings, version);
  return settings;
}

}  // namespace ollama_standin
