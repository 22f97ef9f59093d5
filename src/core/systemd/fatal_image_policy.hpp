// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace ollama_gpu {

// True where systemd refuses a RootImagePolicy= and with it the rest of the file
// (src/shared/image-policy.c, image_policy_from_string). It knows them since 254; 262 passes over
// partitions and flags that it does not know, 257 refuses them.
//
// Far-fetched for Ollama, and kept all the same: what stops the unit is told before anything is
// written. Where systemd's version is not known (--root), that of 252 is taken, which has no such
// setting.
bool is_refused_image_policy(std::string_view value, unsigned systemd_version);

}  // namespace ollama_gpu
