// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/change/change_plan.hpp"

namespace ollama_gpu::app {

// The generation of a write; id 0 where it could not be stored (said as a warning).
struct WrittenGeneration {
  std::uint64_t id = 0;
  std::string unit = {};
  bool made_directory = false;
};

// Records that our drop-in, which somebody took away, is to stay away (change_taken_away()).
void accept_removal(Context& context, const Observation& seen);

// Stores the generation, then swaps every file of the plan for the planned one. When a swap fails,
// those before it are put back; where that fails too: Errc::unhealthy, and the next change tries
// again.
Result<WrittenGeneration> write_files(Context& context, const Observation& observation,
                                      const ChangePlan& plan);

// Puts the former files back, the last one first; gives what could not be put back, in words.
std::vector<std::string> restore_files(Context& context,
                                       std::span<const ports::ReplacedFile> files);

// The directories of single files of ours that are not there any more: ollama@11436.service.d,
// /etc/ollama-gpu. One that is not empty stays.
// `now` says which of the two contents lies there.
void remove_empty_directories(Context& context, std::span<const ports::ReplacedFile> files,
                              std::optional<ports::FileContent> ports::ReplacedFile::*now);

// A file's change as a unified diff, secrets masked: it ends in logs.
std::string diff_of(const ports::ReplacedFile& file);

// Records how the change ended.
void set_result(Context& context, const WrittenGeneration& generation,
                ports::GenerationResult result);

}  // namespace ollama_gpu::app
