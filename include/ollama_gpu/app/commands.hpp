// SPDX-License-Identifier: MIT
#pragma once

#include "ollama_gpu/app/context.hpp"
#include "ollama_gpu/app/options.hpp"
#include "ollama_gpu/app/report.hpp"

namespace ollama_gpu::app {

// One function per command: observe, plan, apply, observe, check.
// In configure.cpp, reset.cpp, rollback.cpp (with its list), status.cpp, show.cpp, verify.cpp,
// gpus.cpp, wait.cpp, doctor.cpp (with fix): each command in the file of its name.
Outcome<ChangeReport> configure(Context& context, const ConfigureOptions& options);
Outcome<ChangeReport> reset(Context& context, const ChangeOptions& options);
Outcome<ChangeReport> rollback(Context& context, const RollbackOptions& options);
Outcome<GenerationsReport> generations(Context& context);  // rollback --list
Outcome<StatusReport> status(Context& context, const StatusOptions& options = {});
Outcome<ShowReport> show(Context& context, const ShowOptions& options);
Outcome<VerifyReport> verify(Context& context, const VerifyOptions& options = {});
Outcome<GpusReport> gpus(Context& context);
// Errc::not_found where the GPUs cannot be used in time.
Outcome<WaitReport> wait(Context& context, const WaitOptions& options);
Outcome<DoctorReport> doctor(Context& context, const DoctorOptions& options);
// `doctor --fix`: a change as any other. Errc::not_verified where something is left that it cannot
// fix.
Outcome<ChangeReport> fix(Context& context, const DoctorOptions& options);

}  // namespace ollama_gpu::app
