// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "ollama_gpu/core/drop_in/drop_in.hpp"
#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu {

// Which system this is, from os-release(5); empty where it does not say.
struct OsRelease {
  std::string id = {};
  std::string variant_id = {};
  std::string pretty_name = {};
};

// The text of /etc/os-release or /usr/lib/os-release.
OsRelease parse_os_release(std::string_view text);

// `refusal`: why a drop-in cannot be written below `directory` (Errc::conflict). The same refusal
// with the system named, and the place where `wanted` belongs there: the configuration of a
// generated system (NixOS), the image of a read-only one.
Error explain_read_only(Error refusal, const OsRelease& os, const std::string& directory,
                        const DropIn& wanted);

}  // namespace ollama_gpu
