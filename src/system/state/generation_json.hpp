// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ollama_gpu/ports/state_store.hpp"

namespace ollama_gpu {

// A generation's meta.json: everything but the bytes of its files, of which it keeps the sizes.
std::string to_json(const ports::Generation& generation);

struct StoredGeneration {
  ports::Generation generation;
  struct Sizes {
    std::uint64_t former = 0;
    std::uint64_t written = 0;
  };
  std::vector<Sizes> sizes = {};  // one per file
};

// Nothing for text that to_json() did not write.
std::optional<StoredGeneration> generation_from_json(const std::string& text);

}  // namespace ollama_gpu
