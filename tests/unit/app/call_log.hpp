// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace ollama_gpu {

// Every call that changes something, in order, over all fakes. A test can hook into a call: the
// function runs once, when that call is made.
class CallLog {
 public:
  void add(const std::string& call) {
    calls_.push_back(call);
    notify(call);
  }
  // An event that changes nothing, such as the first answer: for hooks only.
  void notify(const std::string& event) {
    const auto hook = hooks_.find(event);
    if (hook == hooks_.end()) return;
    const auto run = std::move(hook->second);
    hooks_.erase(hook);
    run();
  }
  void on(const std::string& call, std::function<void()> run) { hooks_[call] = std::move(run); }

  const std::vector<std::string>& all() const { return calls_; }
  std::ptrdiff_t count(const std::string& call) const {
    return std::count(calls_.begin(), calls_.end(), call);
  }
  void clear() { calls_.clear(); }

 private:
  std::vector<std::string> calls_ = {};
  std::map<std::string, std::function<void()>> hooks_ = {};
};

}  // namespace ollama_gpu
