// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu::ports {

// A run of a unit, as journald marks its lines. Only fields that journald itself writes count
// (systemd.journal-fields(7), "trusted journal fields"), and of those not the invocation id alone:
// a user's manager takes it from a link that the user may change.
struct UnitRun {
  std::string unit_id;
  std::string invocation_id = {};      // 32 hexadecimal digits
  std::string log_namespace = {};      // as in the unit's LogNamespace=
  std::optional<unsigned> owner = {};  // uid; of a unit of a user's own manager
  std::uint64_t started_usec = 0;      // microseconds since the epoch
};

// Lines of a unit, oldest first. `reason` says why there may be none (no access, journald not
// running, another log namespace).
struct JournalLines {
  std::vector<std::string> service = {};  // what its processes wrote
  std::vector<std::string> manager = {};  // what systemd said of it
  std::string reason = {};
};

// A line and the process that wrote it; returns false for "enough".
using TakeLine = std::function<bool(int pid, std::string_view line)>;

class Journal {
 public:
  virtual ~Journal() = default;
  // Waits up to two seconds until what was written before can be read; whether journald has said
  // so. Where it cannot be asked (not root, an old journald), the newest lines may be missing.
  virtual bool catch_up(const std::string& log_namespace) const = 0;
  // What the run's processes wrote, from its first line on, until `take` has enough or ten minutes
  // of lines came after the start. Returns why the start may be missing, "" where it is there.
  virtual Result<std::string> from_start(const UnitRun& run, const TakeLine& take) const = 0;
  // The newest lines of the run, at most `limit` of each kind, for limit > 0.
  virtual Result<JournalLines> newest(const UnitRun& run, std::size_t limit) const = 0;
  // The newest lines of the unit since a time (seconds since the epoch), whichever run they are of:
  // for a process that ends at once the journal may not learn its invocation.
  virtual Result<JournalLines> recent(const UnitRun& run, std::int64_t since,
                                      std::size_t limit) const = 0;
};

}  // namespace ollama_gpu::ports
