// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/change/put_back.hpp"

namespace ollama_gpu::app {

// How a change that went well is told, in a line.
struct ChangeEnd {
  std::string unit_id;
  ServiceAction service = ServiceAction::none;
  bool down = false;     // the service is not running, and was not started
  bool pending = false;  // it has not been restarted yet
  std::optional<std::size_t> loaded_again = {};
  std::size_t models = 0;
  std::size_t servers = 0;  // of several, those that were started or restarted
};
std::string end_of_change(const ChangeEnd& end);

// Why a change did not end as planned. `stays`: what was written is left where it is.
struct ChangeFailure {
  Error error;
  bool stays = false;
  std::string unit = {};           // that failed; empty: the unit itself
  std::string invocation_id = {};  // of its run that failed

  const std::string& unit_or(const std::string& usual) const { return unit.empty() ? usual : unit; }
};

// What the run that failed said last.
std::vector<std::string> last_words(Context& context, const Observation& seen,
                                    const ChangeFailure& failure, std::int64_t started);

// How a change that did not end as planned is told: one function per ending.

// systemd said no: what it was asked for has not happened.
bool is_refusal(const Error& error);

// Errc::conflict: systemd has read the file, and has something else than planned.
Error not_taken_over(const std::string& unit_id, const std::string& difference);

// Errc::not_verified: with the new settings none of the models that were loaded can be loaded; an
// answer to a question is no proof.
Error no_model_loads(std::size_t models);

// Errc::busy: someone else stopped the service, or canceled our job.
Error somebody_at_work(const std::string& unit_id, const std::string& what);

// Not healthy, and left as it is, as --no-rollback or --no-verify asked.
// `unit_id`: that failed.
Error left_in_place(Error error, const std::string& unit_id, const ChangeOptions& options);

// Adds what the service gave as its reason, where its last words have one.
void give_reason(Error& error, const std::vector<std::string>& last_words);

// After putting back: rolled back, failing before already, or not complete. `unit_id`: that failed.
Error after_put_back(Error error, const PutBack& back, const Observation& before,
                     const std::string& unit_id);

}  // namespace ollama_gpu::app
