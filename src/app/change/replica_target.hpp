// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "app/change/change.hpp"
#include "ollama_gpu/core/drop_in/request.hpp"

namespace ollama_gpu::app {

// Makes `drop_in`, which says what one server alone would have, that of the first of several where
// it asks for them, with the files of the others in the target; files of former ones that are no
// longer wanted go. Errc::not_found, Errc::conflict or Errc::usage where that cannot be: no
// HAProxy, one too old, SELinux, files of somebody else, --user.
Result<void> settle_replicas(Context& context, const Observation& seen,
                             const ConfigureRequest& request, DropIn& drop_in, Target& target);

// For a change that takes our drop-in away: what else of ours goes with it.
std::vector<OwnFile> files_of_former_servers(const Observation& seen);

}  // namespace ollama_gpu::app
