// SPDX-License-Identifier: MIT
#include "app/change/change_errors.hpp"

#include <fmt/format.h>

#include "app/proof/health.hpp"
#include "app/proof/journal_tail.hpp"
#include "ollama_gpu/core/ollama/last_words.hpp"
#include "ollama_gpu/core/text/shell_word.hpp"

namespace ollama_gpu::app {

std::string end_of_change(const ChangeEnd& end) {
  if (end.down) return fmt::format("done; {} is not running and was not started", end.unit_id);
  if (end.pending) return fmt::format("done; {} has not been restarted yet", end.unit_id);
  if (end.servers > 0) {
    return fmt::format("done; {} server{} started or restarted", end.servers,
                       end.servers == 1 ? " was" : "s were");
  }
  switch (end.service) {
    case ServiceAction::none:
      break;
    case ServiceAction::start:
      return fmt::format("done; {} was started", end.unit_id);
    case ServiceAction::restart:
      if (!end.loaded_again) return fmt::format("done; {} was restarted", end.unit_id);
      return fmt::format("done; {} was restarted, and {} of {} models loaded again", end.unit_id,
                         *end.loaded_again, end.models);
  }
  return "done; no restart was needed";
}

bool is_refusal(const Error& error) {
  return error.code == Errc::permission || error.code == Errc::busy ||
         error.code == Errc::conflict || error.code == Errc::not_found;
}

Error not_taken_over(const std::string& unit_id, const std::string& difference) {
  return {Errc::conflict, "systemd did not take it over as planned: " + difference,
          fmt::format("see what it reads: systemctl cat {}", shell_word(unit_id))};
}

Error no_model_loads(std::size_t models) {
  return {Errc::not_verified,
          fmt::format("the service is up, but none of the {} models that were loaded can be "
                      "loaded again",
                      models),
          "see why, above; the way back: sudo ollama-gpu rollback"};
}

std::vector<std::string> last_words(Context& context, const Observation& seen,
                                    const ChangeFailure& failure, std::int64_t started) {
  const auto other = failure.unit.empty() ? Result<ports::UnitState>(*seen.state)
                                          : seen.manager->unit(failure.unit);
  return journal_tail(context, other.value_or(*seen.state), failure.invocation_id, started,
                      kJournalLines);
}

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
      "see why: journalctl -u {}; take the change back: sudo ollama-gpu "
      "rollback --unit {}",
      shell_word(unit_id), shell_word(unit_id));
  return error;
}

void give_reason(Error& error, const std::vector<std::string>& last_words) {
  const std::string reason = reason_in(last_words);
  if (!reason.empty()) error.message += ": " + reason;
}

Error after_put_back(Error error, const PutBack& back, const Observation& before,
                     const std::string& unit_id) {
  const std::string why = fmt::format("journalctl -u {} -n 50", shell_word(unit_id));
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
