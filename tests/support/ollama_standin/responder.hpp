// SPDX-License-Identifier: MIT
// Answers that no client should have to expect.
#pragma once

#include "ollama_standin/http.hpp"
#include "ollama_standin/script.hpp"

namespace ollama_standin {

// Answers wrongly if the script asks for it; false if it does not.
bool misanswers(const Script& script, Connection& connection, const Request& request);

// Waits while the script's hang file is there and means this request: an empty one means all, one
// with lines only these paths. False: the client has gone.
bool outlasts_hang(const Script& script, const Connection& connection, const Request& request);

}  // namespace ollama_standin
