// SPDX-License-Identifier: MIT
#pragma once

#include "app/change/change_plan.hpp"
#include "ollama_gpu/app/report.hpp"

namespace ollama_gpu::app {

// Carries out a plan: write, reload, restart, watch; puts everything back where that is due.
Outcome<ChangeReport> apply(Context& context, const ChangeOptions& options,
                            const Observation& observation, ChangePlan& plan, ChangeReport report);

// Whether a proof of the GPUs is asked for: --require-gpu, where there is any proof at all.
enum class GpuProof { optional, required };
GpuProof gpu_proof(const ChangeOptions& options);

// In change.cpp: the report with Errc::not_verified where a level failed, or `devices` is not ok
// though its proof is required.
Outcome<ChangeReport> judge_evidence(ChangeReport report, GpuProof gpus);

}  // namespace ollama_gpu::app
