// SPDX-License-Identifier: MIT
#pragma once

#include "system/bus/bus_call.hpp"

namespace ollama_gpu::bus {

// Reads a reply of Properties.GetAll (a{sv}) into the fields that we need; others, and those of an
// unexpected type, are skipped. Errc::failed for a malformed message.
Result<void> read_properties(sd_bus_message* reply, ports::UnitState& unit);

// A property of type "s", "t" or "as".
Result<std::string> read_string_variant(sd_bus_message* reply);
Result<std::uint64_t> read_number_variant(sd_bus_message* reply);
Result<std::vector<std::string>> read_strings_variant(sd_bus_message* reply);

}  // namespace ollama_gpu::bus
