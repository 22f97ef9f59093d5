// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "ollama_gpu/core/result.hpp"

namespace ollama_gpu {

// The text of an errno ("Permission denied").
std::string errno_text(int error_number);

// "cannot VERB OBJECT: reason", with the code and hint that belong to the errno.
Error os_error(std::string_view verb, std::string_view object, int error_number);

inline Failure os_failure(std::string_view verb, std::string_view object, int error_number) {
  return Failure(os_error(verb, object, error_number));
}

}  // namespace ollama_gpu
