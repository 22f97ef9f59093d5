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
  Result<std::string> from_start(const ports::UnitRun& run,
                                 const ports::TakeLine& take) const override;
  Result<ports::JournalLines> newest(const ports::UnitRun& run, std::size_t limit) const override;
  Result<ports::JournalLines> recent(const ports::UnitRun& run, std::int64_t since,
                                     std::size_t limit) const override;

 private:
  Result<ports::JournalLines> read(const ports::UnitRun& run,
                                   const std::vector<std::string>& service,
                                   const std::vector<std::string>& manager,
                                   std::uint64_t since_usec, std::size_t limit) const;

  std::string directory_;
};

}  // namespace ollama_gpu
