// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu {

enum class SettingType {
  boolean,
  tri_state,
  unsigned_integer,
  bytes,
  duration,
  host,
  path,
  cache_type,
  list,
  device_ids,
  text,
};

// An environment variable that Ollama or a GPU runtime reads. Facts from Ollama's
// envconfig/config.go and the GPU vendors' manuals.
struct Setting {
  std::string_view name;
  SettingType type;
  std::string_view default_value;  // as shown to a user
  std::string_view accepted;       // the accepted values in words
  std::string_view since;          // first Ollama version, or "" for always
  std::string_view until;          // last Ollama version that reads it, or ""
  std::string_view option;         // the option of `configure` that writes it, or ""
  std::string_view summary;        // one line
};

std::span<const Setting> known_settings();

// In setting_group.cpp: for whom a setting is. `client`: read by `ollama run` and its like, not by
// the server; `former`: no Ollama of today reads it.
enum class SettingGroup { main, server, runtime, process, client, former };
SettingGroup group_of(const Setting& setting);
std::string_view name_of(SettingGroup group);

// The setting of that name, or null.
const Setting* find_setting(std::string_view name);

// The same, also by the option of `configure` that writes it: "spread", "--keep-alive".
const Setting* setting_called(std::string_view word);

// In check_setting.cpp: fails with Errc::usage where Ollama (or the runtime) would misread the
// value: message, accepted values, and a hint with the right spelling where one can be guessed
// ("1d": write 24h). A variable that is no known setting passes.
Result<void> check_setting(std::string_view name, std::string_view value);

// The first known setting that is set within a value, behind a blank, comma or semicolon
// ("/srv OLLAMA_DEBUG=1": OLLAMA_DEBUG); empty where none is.
std::string setting_within(std::string_view value);

// False where Ollama reads a switch, number, duration or address otherwise than it was meant. A
// switch that says "on" is read so, whatever the word.
bool is_read_as_meant(std::string_view name, std::string_view value);

// The known setting that was meant by `name`: it differs by a letter (OLLAMA_KEEPALIVE), lacks a
// word (OLLAMA_SPREAD), or is what others call it (OLLAMA_NUM_CTX). Nothing where none was.
std::optional<std::string> near_miss(std::string_view name);

// What to do instead of a variable with Ollama's prefix that no Ollama is known to read
// (OLLAMA_NUM_GPU), or of NVIDIA_VISIBLE_DEVICES; nothing for any other name.
std::optional<std::string> advice_on_unread(std::string_view name);

// True where two values mean the same to Ollama ("1" and "true", "24h" and "1440m").
bool same_meaning(std::string_view name, std::string_view left, std::string_view right);

}  // namespace ollama_gpu
