// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace ollama_gpu {

// Every code of a finding, in order; finding_tables.hpp has one entry for each.
// clang-format off
inline constexpr std::array<std::string_view, 85> kFindingCodes = {
    "OG101", "OG102", "OG103", "OG104", "OG105", "OG106", "OG107", "OG108", "OG109", "OG110",
    "OG111", "OG112", "OG113", "OG114", "OG115", "OG116", "OG117", "OG118", "OG119", "OG120",
    "OG201", "OG202", "OG203", "OG204", "OG205", "OG206", "OG207", "OG208", "OG209", "OG210",
    "OG211", "OG212", "OG213", "OG214", "OG215", "OG216", "OG217", "OG218", "OG219",
    "OG301", "OG302", "OG303", "OG304", "OG305", "OG306", "OG307", "OG308", "OG309", "OG310",
    "OG311", "OG312", "OG313", "OG314", "OG315",
    "OG401", "OG402", "OG403", "OG404", "OG411", "OG412", "OG413", "OG414", "OG415", "OG416",
    "OG501", "OG502", "OG503", "OG504", "OG505", "OG506", "OG507", "OG508", "OG509",
    "OG601", "OG602", "OG603", "OG604",
    "OG701", "OG702", "OG703", "OG704", "OG705", "OG706", "OG707", "OG708",
};
// clang-format on

// Never defined: a constant expression cannot call it, so the compiler stops here.
void no_finding_has_this_code();

// One of them: any other text does not compile.
class FindingCode {
 public:
  consteval FindingCode(const char* text) : index_(place_of(text)) {}

  constexpr std::size_t index() const { return index_; }  // in kFindingCodes

 private:
  static constexpr std::size_t place_of(std::string_view text) {
    const auto* const found = std::ranges::find(kFindingCodes, text);
    if (found == kFindingCodes.end()) no_finding_has_this_code();
    return static_cast<std::size_t>(found - kFindingCodes.begin());
  }

  std::size_t index_;
};

}  // namespace ollama_gpu
