// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ollama_gpu {

// The columns that a UTF-8 text takes on a terminal: 2 for East Asian wide characters, 0 for
// combining ones and for our own colours; a byte that is not UTF-8 counts as 1.
std::size_t display_width(std::string_view text);

// The text cut to `width` columns, its loss shown by `ellipsis`.
std::string cut_to_width(std::string_view text, std::size_t width, std::string_view ellipsis);

// The text as lines of at most `width` columns, broken at blanks; a longer word stays whole.
std::vector<std::string> wrap_text(std::string_view text, std::size_t width);

// The text as it stands, with each line after the first indented by `indent` blanks and wrapped.
std::string wrap_indented(std::string_view text, std::size_t width, std::size_t indent);

// "45s", "3m 20s", "2h 5m", "9d 4h".
std::string format_duration(double seconds);

}  // namespace ollama_gpu
