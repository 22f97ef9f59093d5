// SPDX-License-Identifier: MIT
#pragma once

#include "ollama_gpu/app/context.hpp"

namespace ollama_gpu::app {

// Puts back the file of a change that a crashed run left half done (its generation is still
// pending); what is then missing in systemd and in the process, the run itself converges on.
// A file that is neither the former nor the written one is left, with a warning. Whether there was
// such a change.
Result<bool> undo_pending(Context& context, const std::string& unit_id);

}  // namespace ollama_gpu::app
