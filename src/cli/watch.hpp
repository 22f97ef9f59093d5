// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "ollama_gpu/app/context.hpp"
#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu::cli {

// `status --watch`: the page every second, in place on a terminal (`color` as of --color), or with
// `json` one object per line, until a signal comes; gives its number. A service that is down or
// gone for a while is shown as such. Errc::failed where the output cannot be written.
Result<int> watch_status(app::Context& context, bool json, std::string_view color);

// The page as it is drawn over the former one: at most `rows` lines, each cleared to its end.
std::string frame_of(std::string_view page, unsigned rows);

}  // namespace ollama_gpu::cli
