// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ollama_gpu/ports/state_store.hpp"

// The generations of one unit, in its open directory. `shown`: that directory's path.
namespace ollama_gpu::generation_files {

struct Directory {
  int fd = -1;
  std::string shown;
};

// The ids that are there, ascending.
Result<std::vector<std::uint64_t>> ids(const Directory& directory);
// Written beside, then renamed: it is there whole or not at all.
Result<void> write(const Directory& directory, const ports::Generation& generation);
// Errc::not_found, or Errc::failed where something is missing or of another size.
Result<ports::Generation> read(const Directory& directory, std::uint64_t id);
Result<void> set_result(const Directory& directory, std::uint64_t id,
                        ports::GenerationResult result);
// Removes what interrupted runs left half made or half removed.
void tidy(const Directory& directory);
// Removes all but the newest `keep`; one that is pending stays, however old.
void prune(const Directory& directory, std::size_t keep);

}  // namespace ollama_gpu::generation_files
