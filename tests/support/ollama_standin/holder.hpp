// SPDX-License-Identifier: MIT
// The child process that holds a model's GPU memory, named as Ollama's is.
#pragma once

#include <string>

#include "ollama_standin/version.hpp"

namespace ollama_standin {

class Holder {
 public:
  // `visible`: its CUDA_VISIBLE_DEVICES.
  Holder(const Version& version, const std::string& model, const std::string& visible);
  ~Holder();
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;

  int pid() const { return pid_; }

 private:
  int pid_ = -1;
  int lifeline_ = -1;  // the child ends when this closes, so also when its parent is killed
};

// Whether this process was started as such a child, and what it then does.
bool is_holder(int count, char** words);
int hold(char** words);

}  // namespace ollama_standin
