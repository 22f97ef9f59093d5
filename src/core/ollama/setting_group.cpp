// SPDX-License-Identifier: MIT
#include <array>

#include "ollama_gpu/core/contains.hpp"
#include "ollama_gpu/core/ollama/settings.hpp"

namespace ollama_gpu {

SettingGroup group_of(const Setting& setting) {
  constexpr std::array<std::string_view, 4> kOfClient{"OLLAMA_AUTH", "OLLAMA_CREATE_REMOTE",
                                                      "OLLAMA_EDITOR", "OLLAMA_NOHISTORY"};
  constexpr std::array<std::string_view, 9> kOfProcess{
      "LD_LIBRARY_PATH", "PATH",       "HOME",        "HTTP_PROXY", "HTTPS_PROXY",
      "NO_PROXY",        "http_proxy", "https_proxy", "no_proxy"};
  if (!setting.option.empty()) return SettingGroup::main;
  if (!setting.until.empty()) return SettingGroup::former;
  if (contains(kOfClient, setting.name)) return SettingGroup::client;
  if (contains(kOfProcess, setting.name)) return SettingGroup::process;
  return setting.name.starts_with("OLLAMA_") ? SettingGroup::server : SettingGroup::runtime;
}

const Setting* setting_called(std::string_view word) {
  if (const Setting* named = find_setting(word)) return named;
  if (word.starts_with("--")) word.remove_prefix(2);
  for (const Setting& setting : known_settings()) {
    if (!setting.option.empty() && setting.option.substr(2) == word) return &setting;
  }
  return nullptr;
}

std::string_view name_of(SettingGroup group) {
  constexpr std::array<std::string_view, 6> kNames{"main",    "server", "runtime",
                                                   "process", "client", "former"};
  return kNames[static_cast<std::size_t>(group)];
}

}  // namespace ollama_gpu
