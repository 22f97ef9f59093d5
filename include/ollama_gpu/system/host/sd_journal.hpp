// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "ollama_gpu/ports/journal.hpp"

namespace ollama_gpu {

// The systemd journal through sd-journal(3). Lines are cut at 64 KiB.
class SdJournal final : public ports::Journal {
 public:
  // Where the journal's files lie, for tests; empty: the system's own journal.
  explicit SdJournal(std::string directory = {}) : directory_(std::move(directory)) {}

  bool catch_up(const std::string& log_namespace) const override;
  Result<ports::JournalLines> lines(const std::string& invocation_id, std::size_t limit,
                                    const std::string& log_namespace) const override;
  Result<ports::JournalLines> recent(const std::string& unit_id, std::int64_t since,
                                     std::size_t limit,
                                     const std::string& log_namespace) const override;

 private:
  std::string directory_;
};

}  // namespace ollama_gpu
