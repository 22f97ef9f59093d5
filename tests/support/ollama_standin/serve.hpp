// SPDX-License-Identifier: MIT
#pragma once

namespace ollama_standin {

// `ollama serve`: its exit status.
int serve();

}  // namespace ollama_standin
