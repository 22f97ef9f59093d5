// SPDX-License-Identifier: MIT
#include "ollama_gpu/core/doctor/finding.hpp"

#include "core/doctor/finding_tables.hpp"
#include "core/text/ascii.hpp"

namespace ollama_gpu {

namespace {

std::vector<FindingKind> join_tables() {
  std::vector<FindingKind> all;
  for (const auto table :
       {file_findings(), value_findings(), gpu_findings(), service_findings(), shared_findings()}) {
    all.insert(all.end(), table.begin(), table.end());
  }
  return all;
}

}  // namespace

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::info:
      return "info";
    case Severity::warning:
      return "warning";
    case Severity::error:
      break;
  }
  return "error";
}

std::span<const FindingKind> finding_kinds() {
  static const std::vector<FindingKind> all = join_tables();
  return all;
}

const FindingKind& kind_of(FindingCode code) { return finding_kinds()[code.index()]; }

const FindingKind* find_kind(std::string_view code) {
  const std::string upper = ascii_upper(code);
  for (const FindingKind& kind : finding_kinds()) {
    if (kind.code == upper) return &kind;
  }
  return nullptr;
}

}  // namespace ollama_gpu
