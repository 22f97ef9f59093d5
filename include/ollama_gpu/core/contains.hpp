// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <ranges>

namespace ollama_gpu {

// Whether a range has an element equal to `value`.
template <std::ranges::input_range Range, class Value>
bool contains(const Range& range, const Value& value) {
  return std::ranges::find(range, value) != std::ranges::end(range);
}

}  // namespace ollama_gpu
