// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "ollama_gpu/ports/entry_proxy.hpp"

namespace ollama_gpu {

// HAProxy by its runtime API over a Unix socket (management guide, "Unix Socket commands").
class Haproxy final : public ports::EntryProxy {
 public:
  Result<std::string> program() const override;
  Result<std::string> version(const std::string& program) const override;
  Result<void> check(const std::string& program, const std::string& config,
                     const std::string& includes, const std::string& credentials) const override;
  Result<ProxyState> look(const std::string& socket) const override;
  Result<void> set_state(const std::string& socket, const std::string& backend,
                         const std::string& server, const std::string& state) override;
};

}  // namespace ollama_gpu
