// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "ollama_gpu/ports/host.hpp"

namespace ollama_gpu {

class RootedTree;

// This host, or the image below `root`, of which less is known (its host name, kernel and boot are
// not this machine's).
class LinuxHost final : public ports::Host {
 public:
  enum class Manager { system, user };
  explicit LinuxHost(const std::string& root = {}, Manager manager = Manager::system);
  LinuxHost(std::shared_ptr<const RootedTree> tree, Manager manager);

  // The letters of systemd's src/core/unit-printf.c that all versions since 245 read alike; the
  // others are left out.
  SpecifierTable specifiers() const override;
  bool systemd_running() const override;  // never, where there is a root
  bool is_root() const override;
  unsigned user_id() const override;
  unsigned group_id() const override;
  Result<std::string> own_program() const override;

 private:
  std::shared_ptr<const RootedTree> tree_;
  Manager manager_;
};

}  // namespace ollama_gpu
