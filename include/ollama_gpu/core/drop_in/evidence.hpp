// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ollama_gpu {

enum class EvidenceLevel { file, manager, process, server, devices, memory, answer, entry };

// `pending`: not restarted yet. `skipped`: could not be seen, with the reason; never taken for ok.
enum class EvidenceStatus { ok, failed, pending, skipped };

// What was seen at one level (docs/design.md, "Evidence").
struct Evidence {
  EvidenceLevel level = EvidenceLevel::file;
  EvidenceStatus status = EvidenceStatus::skipped;
  std::string detail = {};
  std::string remedy = {};   // what to do about it, where that is known
  std::string warning = {};  // what else was seen there, though the level holds
  std::string brief = {};    // what holds, in a word or two; empty: the level's name says it
  std::string logged = {};   // the line of Ollama's log that shows it
  std::string unit = {};     // of several servers, the one; empty: the unit itself
};

std::string_view name_of(EvidenceLevel level);
std::string_view name_of(EvidenceStatus status);

// True when no level failed.
bool nothing_failed(const std::vector<Evidence>& evidence);

}  // namespace ollama_gpu
