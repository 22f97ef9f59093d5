// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ollama_gpu/core/replicas/replica_set.hpp"

namespace ollama_gpu {

// A file of a set besides the first drop-in: its bytes, or where a symbolic link leads.
struct ReplicaFile {
  std::string path;
  std::string bytes;
  bool link = false;
};

// What the files say beyond the set itself.
struct ReplicaSources {
  std::string fragment = {};  // path of the unit's file, of which the template is a copy
  std::string fragment_text = {};
  std::string proxy = {};     // HAProxy's program, absolute
  double revive_after = 1;    // seconds: RestartSec= of the unit
  bool both_families = true;  // the wildcard address is that of IPv6 too
};

// The seconds for which a request may wait for a server.
inline constexpr unsigned kQueueSeconds = 600;

// The files, in the order in which they are written: all before the first drop-in, which alone
// brings them into force.
std::vector<ReplicaFile> replica_files(const ReplicaSet& set, const ReplicaSources& sources);

// In entry_config.cpp: HAProxy's configuration. Its global description is entry_mark() of the rest,
// so that the process can be asked whether it has read this very file.
std::string entry_config(const ReplicaSet& set, bool both_families);
// "ollama-gpu 0123456789abcdef", of a configuration's text as it lies on disk; empty: none in it.
std::string entry_mark(std::string_view config);

// Whether that mark is still the one of its text: nobody has edited it.
bool is_intact(std::string_view config);

// The text of the template of the other servers, a copy of the unit's file: one that lies there
// with another text is of an older unit.
std::string template_text(const ReplicaPlaces& places, const std::string& fragment,
                          std::string_view fragment_text);

// Whether a file bears the first line of one that we wrote, and the service that it is for; else
// empty.
bool is_of_ollama_gpu(std::string_view text);
std::string service_of_file(std::string_view text);

}  // namespace ollama_gpu
