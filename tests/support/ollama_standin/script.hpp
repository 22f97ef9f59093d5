// SPDX-License-Identifier: MIT
// What the stand-in is told to do: /etc/ollama-standin.conf (or $OLLAMA_STANDIN_CONFIG), read at
// each start; see the README beside this folder.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ollama_standin/version.hpp"

namespace ollama_standin {

struct Model {
  std::string name;
  std::uint64_t size = 0;  // of its file
  // What its context takes (NAME:SIZE/LAYERSxKV_HEADSxHEAD_SIZE/ARCHITECTURE); without: nothing.
  std::uint64_t layers = 0;
  std::uint64_t kv_heads = 0;
  std::uint64_t head_size = 0;
  std::uint64_t trained_context = 131072;
  std::string architecture = "llama";
  bool only_embeds() const { return name.find("embed") != std::string::npos; }
};

struct Script {
  std::string version_text = "0.33.0";
  Version version;
  int start_delay_ms = 0;
  int discovery_delay_ms = 0;
  int load_ms = 0;
  int token_ms = 20;
  int tokens = 20;
  int token_cpu = 50;             // percent of a core
  std::string misbehaviour;       // "" when it is to behave
  std::string argument;           // what follows the colon
  std::string misbehaviour_path;  // for the HTTP ones: only this path
  int pull_ms = 0;
  // In these two "%p" stands for the port, as one script is for all servers of a machine.
  std::string counter_file = "/run/ollama-standin/starts";
  std::string hang_file = "/run/ollama-standin/hang.%p";
  std::string memory_dir;
  std::vector<Model> models;

  bool misbehaves(std::string_view name) const { return misbehaviour == name; }
};

Script read_script();
void fill_in_port(Script& script, const std::string& port);

// Counts this start in the counter file; 0 if that is not possible.
long count_start(const Script& script);

}  // namespace ollama_standin
