// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/change/change_plan.hpp"
#include "ollama_gpu/app/report.hpp"

namespace ollama_gpu::app {

// Tells what is going to be done before anything is, and waits for what must come before it: an
// answer (--confirm), an idle service (--when-idle).
class Announcer {
 public:
  Announcer(Context& context, const ChangeOptions& options)
      : context_(context), options_(options) {}

  // Warnings that were not said yet.
  void warn(const ChangeReport& report);

  // True: go on. False: time has passed, so plan anew; what would be done as told before is not
  // told again. Errors of the wait, and of whoever said no.
  Result<bool> settle(const Observation& seen, const ChangePlan& plan, const ChangeReport& report);

 private:
  Context& context_;
  const ChangeOptions& options_;
  std::set<std::string> warned_ = {};
  std::optional<std::vector<std::string>> told_ = {};
  bool waited_ = false;
};

}  // namespace ollama_gpu::app
