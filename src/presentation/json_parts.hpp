// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ollama_gpu/app/report.hpp"
#include "ollama_gpu/core/drop_in/evidence.hpp"
#include "ollama_gpu/core/systemd/environment.hpp"

namespace ollama_gpu {

using Json = nlohmann::ordered_json;

// Null where it is empty.
Json text_or_null(const std::string& text);

// A line or column; null where it is 0, that is not known.
Json number_or_null(std::size_t number);

// "schema", "command", "ok", "exit_code" and, with an error, "error".
Json json_envelope(std::string_view command, const Error* error);

Json json_of(const std::vector<Evidence>& evidence);
Json json_of(const std::vector<app::GpuInReport>& gpus);
Json json_of(const Source& source);
Json json_of(GpuFault fault);
Json json_of(const std::optional<GateInForce>& gate);
Json json_of(const std::vector<std::string>& texts);

// On one line; text that is not UTF-8 is replaced.
std::string dump(const Json& json);

// The value, or null.
template <class Value>
Json json_optional(const std::optional<Value>& value);

}  // namespace ollama_gpu
