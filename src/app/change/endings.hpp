// SPDX-License-Identifier: MIT
#pragma once

#include "app/change/change_plan.hpp"
#include "ollama_gpu/app/report.hpp"

namespace ollama_gpu::app {

// How a run ends.

// Where nothing has to be done: what holds, and a service that keeps crashing by itself.
Outcome<ChangeReport> nothing_to_do(Context& context, const ChangeOptions& options,
                                    const Observation& observation, ChangePlan& plan,
                                    ChangeReport report);

// After a change: how to undo it, where to see it at work, and what its restarts have cost.
void tell_next(Context& context, const ChangeOptions& options, const InUse& use,
               ChangeReport& report);

// Whether a proof of the GPUs is asked for: --require-gpu, where there is any proof at all.
enum class GpuProof { optional, required };
GpuProof gpu_proof(const ChangeOptions& options);

// The report with Errc::not_verified where a level failed, or `devices` is not ok though its proof
// is required.
Outcome<ChangeReport> judge_evidence(ChangeReport report, GpuProof gpus);

}  // namespace ollama_gpu::app
