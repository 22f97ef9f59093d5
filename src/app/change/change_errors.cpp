// SPDX-License-Identifier: MIT
#include "app/change/change_errors.hpp"

#include <fmt/format.h>

#include "app/proof/health.hpp"
#include "ollama_gpu/core/text/shell_word.hpp"

namespace ollama_gpu::app {

Error somebody_at_work(const std::string& unit_id, const std::string& what) {
  return {Errc::busy, fmt::format("someone else is at work on {}: {}", unit_id, what),
          fmt::format("the settings are written and loaded; start it when you are ready: sudo "
                      "systemctl start {}",
                      shell_word(unit_id))};
}

Error left_in_place(Error error, const std::string& unit_id, const ChangeOptions& options) {
  error.message += fmt::format("; nothing was put back ({})",
                               options.no_rollback ? "--no-rollback" : "--no-verify");
  error.hint = fmt::format(
      "see why: journalctl -u {}; take our settings away: sudo ollama-gpu "
      "reset --unit {}",
      shell_word(unit_id), shell_word(unit_id));
  return error;
}

Error after_put_back(Error error, const PutBack& back, const Observation& before) {
  const std::string why = fmt::format("journalctl -u {} -n 50", shell_word(before.unit_id));
  if (!back.complete) {
    error.code = Errc::unhealthy;
    error.message += "; " + back.problem;
    error.hint = back.hint;
  } else if (error.code == Errc::unhealthy && before.state && is_failing(*before.state)) {
    error.message += "; it was failing before, and its files are as they were";
    error.hint = "mend the service first: " + why;
  } else {
    if (error.code == Errc::unhealthy) {
      error.code = Errc::unhealthy_rolled_back;
      error.hint = "see why it failed: " + why;
    }
    error.message += "; everything was put back as it was";
  }
  return error;
}

}  // namespace ollama_gpu::app
