// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "ollama_gpu/core/systemd/unit_snapshot.hpp"

namespace ollama_gpu {

// Why a server of this unit cannot be asked from here at `host` ("127.0.0.1", "::1"...), with the
// place; "" where it can: a network of its own (PrivateNetwork=, NetworkNamespacePath=), or an
// IPAddressDeny= that IPAddressAllow= does not lift (systemd.resource-control(5)).
std::string why_unreachable(const UnitSnapshot& snapshot, const std::string& host);

}  // namespace ollama_gpu
