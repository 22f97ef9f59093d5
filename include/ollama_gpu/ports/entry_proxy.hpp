// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "ollama_gpu/core/replicas/proxy_stats.hpp"
#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu::ports {

// HAProxy: the program, and the running one behind its admin socket.
class EntryProxy {
 public:
  virtual ~EntryProxy() = default;
  // Its absolute path. Errc::not_found.
  virtual Result<std::string> program() const = 0;
  // The first line of what it says of itself. Errc::failed where it does not run.
  virtual Result<std::string> version(const std::string& program) const = 0;
  // Whether it takes this configuration together with the files of a directory, which may speak of
  // the unit's credentials. Errc::conflict with what it says.
  virtual Result<void> check(const std::string& program, const std::string& config,
                             const std::string& includes, const std::string& credentials) const = 0;
  // Errc::not_found (nobody there), Errc::permission, Errc::failed (no answer within 3 s).
  virtual Result<ProxyState> look(const std::string& socket) const = 0;
  // Sets the administrative state of a server: "drain" (no new requests) or "ready".
  virtual Result<void> set_state(const std::string& socket, const std::string& backend,
                                 const std::string& server, const std::string& state) = 0;
};

}  // namespace ollama_gpu::ports
