// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "app/change/put_back.hpp"

namespace ollama_gpu::app {

// How a change that did not end as planned is told: one function per ending.

// Errc::busy: someone else stopped the service, or canceled our job.
Error somebody_at_work(const std::string& unit_id, const std::string& what);

// Not healthy, and left as it is, as --no-rollback or --no-verify asked.
Error left_in_place(Error error, const std::string& unit_id, const ChangeOptions& options);

// After putting back: rolled back, failing before already, or not complete.
Error after_put_back(Error error, const PutBack& back, const Observation& before);

}  // namespace ollama_gpu::app
