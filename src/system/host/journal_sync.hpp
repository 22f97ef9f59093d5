// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>

#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu {

// Asks the journald that listens on the Varlink socket at `path` to write all it has been sent, and
// waits for its answer (io.systemd.Journal.Synchronize, as `journalctl --sync`; systemd 246).
// Errc::failed when it does not answer in time, Errc::permission, Errc::not_found.
Result<void> synchronize_journal(const std::string& path, std::chrono::milliseconds timeout);

}  // namespace ollama_gpu
