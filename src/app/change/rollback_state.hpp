// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ollama_gpu/ports/state_store.hpp"

namespace ollama_gpu::app {

// A file at a moment of the past, and what our newest change of it left there.
struct PastFile {
  std::string path;
  std::optional<ports::FileContent> content = {};
  std::optional<ports::FileContent> left = {};
};

// The newest change whose files still stand: not put back, not pending, no mere hand edit; null
// where there is none. A damaged one may stand: it is given, for the caller to say so. `found`
// tells a file's content now: a failed change that was put back after all does not stand.
using FindFile = std::function<std::optional<ports::FileContent>(const std::string& path)>;
const ports::Generation* last_standing(const std::vector<ports::Generation>& generations,
                                       const FindFile& found);

// The files of one change as they were before it.
std::vector<PastFile> state_before(const std::vector<ports::Generation>& generations,
                                   const ports::Generation& change);

// Every file that this change or a later one touched, as it was right after it.
std::vector<PastFile> state_after(const std::vector<ports::Generation>& generations,
                                  const ports::Generation& change);

}  // namespace ollama_gpu::app
