// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <span>

#include "core/doctor/finding_code.hpp"
#include "ollama_gpu/core/doctor/finding.hpp"

namespace ollama_gpu {

// In finding_table_files.cpp, finding_table_values.cpp, finding_table_service.cpp: what there is to
// say of each code.
std::span<const FindingKind> file_findings();     // OG1xx
std::span<const FindingKind> value_findings();    // OG2xx
std::span<const FindingKind> gpu_findings();      // OG3xx
std::span<const FindingKind> service_findings();  // OG4xx to OG6xx
std::span<const FindingKind> shared_findings();   // OG7xx, in finding_table_shared.cpp

const FindingKind& kind_of(FindingCode code);

// Whether a table has just the codes from `first` to `last`, in their order.
template <std::size_t Size>
constexpr bool has_codes(const std::array<FindingKind, Size>& table, FindingCode first,
                         FindingCode last) {
  return last.index() - first.index() + 1 == Size &&
         std::ranges::equal(table, std::span(kFindingCodes).subspan(first.index(), Size), {},
                            &FindingKind::code);
}

}  // namespace ollama_gpu
