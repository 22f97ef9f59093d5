// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/drop_in/evidence.hpp"

#include <algorithm>

namespace ollama_gpu {

std::string_view name_of(EvidenceLevel level) {
  switch (level) {
    case EvidenceLevel::file:
      return "file";
    case EvidenceLevel::manager:
      return "manager";
    case EvidenceLevel::process:
      return "process";
    case EvidenceLevel::server:
      return "server";
    case EvidenceLevel::devices:
      return "devices";
    case EvidenceLevel::memory:
      return "memory";
    case EvidenceLevel::answer:
      return "answer";
    case EvidenceLevel::entry:
      return "entry";
  }
  return "";
}

std::string_view name_of(EvidenceStatus status) {
  switch (status) {
    case EvidenceStatus::ok:
      return "ok";
    case EvidenceStatus::failed:
      return "failed";
    case EvidenceStatus::pending:
      return "pending";
    case EvidenceStatus::skipped:
      return "skipped";
  }
  return "";
}

bool nothing_failed(const std::vector<Evidence>& evidence) {
  return std::ranges::none_of(
      evidence, [](const Evidence& level) { return level.status == EvidenceStatus::failed; });
}

}  // namespace ollama_gpu
