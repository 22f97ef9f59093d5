// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include "unit_trees.hpp"

namespace ollama_gpu {

// The smallest tree made by taking files, then lines, then words away for which `differs` still
// holds; asks it at most `tries` times.
UnitTree shrink(UnitTree tree, const std::function<bool(const UnitTree&)>& differs,
                std::size_t tries);

// The tree in the words of the table tests: what goes into a MemoryFiles.
std::string as_test(const UnitTree& tree);

}  // namespace ollama_gpu
