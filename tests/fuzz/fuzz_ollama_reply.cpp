// SPDX-License-Identifier: MIT
// Any bytes as the body of a reply of whatever answers at Ollama's address.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "system/ollama/ollama_reply.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace reply = ollama_gpu::reply;
  const std::string body(reinterpret_cast<const char*>(data), size);
  const auto version = reply::version(body, "fuzz");
  if (!version && version.error().message.empty()) std::abort();
  const auto loaded = reply::loaded(body, "fuzz");
  if (!loaded && loaded.error().message.empty()) std::abort();
  (void)reply::installed(body, "fuzz");
  (void)reply::shape(body, "fuzz");
  (void)reply::error_text(body);
  (void)reply::parse_rfc3339(body);
  return 0;
}
