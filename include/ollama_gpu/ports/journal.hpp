// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu::ports {

// The lines of one invocation of a unit, oldest first. `reason` says why there may be none
// (no access, journald not running, another log namespace).
struct JournalLines {
  std::vector<std::string> service = {};  // what its processes wrote (_SYSTEMD_INVOCATION_ID)
  std::vector<std::string> manager = {};  // what systemd said of it (INVOCATION_ID)
  std::string reason = {};
};

class Journal {
 public:
  virtual ~Journal() = default;
  // Waits up to two seconds until what was written before can be read; whether journald has said
  // so. Where it cannot be asked (not root, an old journald), the newest lines may be missing.
  virtual bool catch_up(const std::string& log_namespace) const = 0;
  // `invocation_id`: 32 hexadecimal digits; at most `limit` lines of each kind, the newest ones,
  // for limit > 0; `log_namespace` as in the unit's LogNamespace=.
  virtual Result<JournalLines> lines(const std::string& invocation_id, std::size_t limit,
                                     const std::string& log_namespace) const = 0;
  // The newest lines of a unit since a time (seconds since the epoch), whichever run they are of:
  // for a process that ends at once the journal may not learn its invocation.
  virtual Result<JournalLines> recent(const std::string& unit_id, std::int64_t since,
                                      std::size_t limit,
                                      const std::string& log_namespace) const = 0;
};

}  // namespace ollama_gpu::ports
