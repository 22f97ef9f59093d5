// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace ollama_gpu {

// Whether a section of a service ("Unit", "Service", "Install") has a directive of that name, for a
// systemd of that version. Its own are letters and digits and start with a capital; X-... is
// everybody's, and ignored in silence (systemd.unit(5)).
enum class DirectiveName { known, unknown, maybe_newer };
DirectiveName look_up_directive(std::string_view section, std::string_view key, unsigned version);

inline constexpr unsigned kNewestListed = 257;  // the newest systemd whose names are listed

}  // namespace ollama_gpu
