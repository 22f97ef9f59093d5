// SPDX-License-Identifier: MIT
#pragma once

#include "ollama_gpu/app/context.hpp"
#include "ollama_gpu/app/options.hpp"
#include "ollama_gpu/presentation/report.hpp"

namespace ollama_gpu::app {

// One function a command: observe, plan, apply, observe, check. Each in src/app/cmd_NAME.cpp.
Outcome<ChangeReport> configure(Context& context, const ConfigureOptions& options);
Outcome<ChangeReport> reset(Context& context, const ChangeOptions& options);
Outcome<StatusReport> status(Context& context, const StatusOptions& options = {});
Outcome<ShowReport> show(Context& context, const ShowOptions& options);
Outcome<VerifyReport> verify(Context& context, const VerifyOptions& options = {});
Outcome<GpusReport> gpus(Context& context);

}  // namespace ollama_gpu::app
