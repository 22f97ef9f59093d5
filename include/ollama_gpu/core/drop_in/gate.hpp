// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ollama_gpu/core/result.hpp"
#include "ollama_gpu/core/systemd/unit_snapshot.hpp"

namespace ollama_gpu {

inline constexpr unsigned kGateSeconds = 60;    // when the user names no time
inline constexpr unsigned kLongestGate = 3600;  // seconds
inline constexpr unsigned kGateMargin = 30;     // seconds that a start has beyond the gate's
inline constexpr std::uint64_t kMicroseconds = 1'000'000;  // of a second

// What holds Ollama's start back until the GPUs can be used: an ExecStartPre= that runs
// `ollama-gpu wait`, and a TimeoutStartSec= that leaves it the time (docs/design.md, "The gate").
struct Gate {
  std::string program;              // absolute path of ollama-gpu
  std::string gpus = {};            // ids to wait for, as a selector; empty: those that are there
  unsigned seconds = kGateSeconds;  // at most
  bool required = false;            // without the GPUs Ollama does not start
  std::uint64_t start_timeout = 0;  // TimeoutStartSec=, microseconds; kNoLimit: infinity

  std::uint64_t needed_timeout() const { return (seconds + kGateMargin) * kMicroseconds; }
  friend bool operator==(const Gate&, const Gate&) = default;
};

// What was asked of the gate.
struct GateRequest {
  bool wanted = true;
  unsigned seconds = kGateSeconds;
  bool required = false;
};

// A gate and the directive that says so.
struct GateInForce {
  Gate gate;
  Source source = {};
};

// The value of ExecStartPre=, and the command line as systemd splits it.
std::string gate_command(const Gate& gate);
std::vector<std::string> gate_words(const Gate& gate);
// The directives, with a comment above.
std::string render_gate(const Gate& gate);
// "90s", "infinity".
std::string render_timeout(std::uint64_t microseconds);

// The gate that an ExecStartPre= of ours describes, without its start_timeout.
std::optional<Gate> parse_gate(std::string_view value);
// True for the command line of a gate.
bool is_gate(const std::vector<std::string>& words);

// The gate before the unit's start, whichever file sets it up; its start_timeout is the unit's.
// `default_timeout`: the manager's DefaultTimeoutStartSec=, in microseconds.
std::optional<GateInForce> find_gate(const UnitSnapshot& snapshot, std::uint64_t default_timeout);

// "at most 60 s for GPUs 0,1,2,3".
std::string describe_gate(const Gate& gate);

// The ids to wait for with these CUDA_VISIBLE_DEVICES and ROCR_VISIBLE_DEVICES (nothing: unset), as
// a selector, empty where they name none; nothing where they hide every GPU.
std::optional<std::string> gate_ids(const std::optional<std::string>& cuda,
                                    const std::optional<std::string>& rocr);

// Errc::conflict for a path that a service cannot see (/root, /home, /tmp...), or that cannot stand
// in a unit as it is. `of_user`: for the user's own service manager, which sees the home directory.
Result<void> check_gate_program(const std::string& path, bool of_user);

}  // namespace ollama_gpu
