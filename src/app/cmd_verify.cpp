// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "ollama_gpu/app/commands.hpp"
#include "ollama_gpu/core/conflicts.hpp"
#include "standing_claim.hpp"

namespace ollama_gpu::app {

Outcome<VerifyReport> verify(Context& context) {
  VerifyReport report;
  report.unit = context.options.unit;
  auto seen = observe(context);
  if (!seen) return {std::move(report), seen.error()};
  report.unit = seen->unit_id;
  if (auto fault = find_unit_fault(seen->disk, seen->unit_id)) return {std::move(report), fault};
  report.evidence = standing_evidence(context, *seen);
  for (const Evidence& level : report.evidence) {
    const bool holds =
        level.status == EvidenceStatus::ok || level.status == EvidenceStatus::skipped;
    if (holds) continue;
    return {std::move(report),
            Error{Errc::not_verified,
                  fmt::format("{} does not hold: {}", name_of(level.level), level.detail),
                  "ollama-gpu configure, without a setting, does what is missing",
                  {},
                  0}};
  }
  return {std::move(report), std::nullopt};
}

}  // namespace ollama_gpu::app
