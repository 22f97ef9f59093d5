// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ollama_gpu/ports/state_store.hpp"

namespace ollama_gpu {

class RootedTree;

// Locks and generations as files below `directory` (0700, our own, else Errc::conflict), which is
// seen inside `root` (--root DIR) and made when first written to:
//   NAME.lock                 flock(2)ed; holds the pid and command line of its holder
//   NAME/ID/meta.json         and former.N, written.N: the bytes of its files
class FileStateStore final : public ports::StateStore {
 public:
  // `command`: what others are told of us while they wait for our lock.
  explicit FileStateStore(std::string directory, const std::string& root = {},
                          std::string command = {});
  FileStateStore(std::string directory, std::shared_ptr<const RootedTree> tree,
                 std::string command);
  ~FileStateStore() override;

  // A signal that is handled ends the wait early, with Errc::interrupted.
  Result<std::unique_ptr<ports::Lock>> lock(const std::string& unit_id, Seconds timeout,
                                            const OnWait& on_wait) override;
  Result<std::uint64_t> store(const ports::Generation& generation) override;
  Result<void> set_result(const std::string& unit_id, std::uint64_t id,
                          ports::GenerationResult result) override;
  Result<std::vector<ports::Generation>> list(const std::string& unit_id,
                                              std::vector<std::string>& damaged) const override;

 private:
  void tidy(const std::string& unit_id) const;

  std::shared_ptr<const RootedTree> tree_;
  std::string directory_;
  std::string command_;
};

}  // namespace ollama_gpu
