// SPDX-License-Identifier: MIT
// Ollama's settings: environment variables, read with Ollama's own grammar and its quiet fallbacks.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ollama_standin/go_time.hpp"
#include "ollama_standin/log.hpp"
#include "ollama_standin/version.hpp"

namespace ollama_standin {

struct Host {
  std::string scheme = "http";
  std::string name = "127.0.0.1";
  std::string port = "11434";
  std::string path;
  std::string url() const;
};

struct Settings {
  Host host;
  std::string models;
  Duration keep_alive = 300 * kSecond;
  Duration load_timeout = 300 * kSecond;
  bool sched_spread = false;
  bool vulkan = true;
  std::uint64_t num_parallel = 1;
  std::uint64_t max_loaded_models = 0;
  std::uint64_t max_queue = 512;
  std::uint64_t context_length = 0;
  std::uint64_t gpu_overhead = 0;
  std::string kv_cache_type;
  bool flash_attention = true;
  bool split_by_tensor = false;
  int log_level = 0;
  std::map<std::string, std::string> printed;  // what the log's "server config" line shows

  std::string config_map() const;  // "map[A:1 B:2]"
};

struct Warning {
  std::string message;
  Attributes attributes;
};

// `warnings`: what Ollama would say about values it cannot use.
Settings read_settings(const Version& version, std::vector<Warning>& warnings);

// A variable's value without blanks and quotes around it; empty is as good as not set.
std::string variable(const char* name);

}  // namespace ollama_standin
