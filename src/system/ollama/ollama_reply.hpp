// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ollama_gpu/ports/ollama_server.hpp"

// The questions with a body, and what Ollama's replies say. Nothing in them is trusted: unknown,
// missing and mistyped fields are taken as absent. Errc::failed for what is not JSON of the
// expected shape.
namespace ollama_gpu::reply {

Result<std::string> version(const std::string& body, const std::string& from);
Result<std::vector<ports::LoadedModel>> loaded(const std::string& body, const std::string& from);
Result<std::vector<ports::InstalledModel>> installed(const std::string& body,
                                                     const std::string& from);

// Of a reply to POST /api/show; nothing where the model has no such figures.
Result<std::optional<ModelShape>> shape(const std::string& body, const std::string& from);

// The body of a question that loads a model, or unloads it with a keep-alive of nought.
std::string question(const std::string& model, std::optional<ports::KeepAlive> keep_alive);
// The body of a question that is answered with one token, and whether an answer has one (Ollama
// api/types.go, GenerateRequest and Metrics): Errc::failed saying `what` where it has none.
std::string question_for_a_token(const std::string& model);
Result<void> has_token(const std::string& body, const std::string& what);
// True for the refusal of a model that only embeds.
bool cannot_generate(long status, const std::string& body);
// The answer to such a question: Errc::failed saying `what` where it tells of an error.
Result<void> done(const std::string& body, const std::string& what);

// The "error" text of an HTTP error's body, or "".
std::string error_text(const std::string& body);

// Seconds since the epoch of an RFC 3339 time with any fraction and offset.
std::optional<double> parse_rfc3339(std::string_view text);

}  // namespace ollama_gpu::reply
